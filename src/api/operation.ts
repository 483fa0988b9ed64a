import type { Request, Response } from 'express';
import type { z } from 'zod';

/** Who may ask: anybody, members with access, staff of either role, administrators. */
export type Permission = 'anyone' | 'member' | 'staff' | 'admin';

/** What a request gave, checked. */
export type OperationInput<Query, Body> = Readonly<{
  req: Request;
  res: Response;
  /** The `:id` of the path; empty where there is none. */
  id: string;
  query: Query;
  body: Body;
}>;

export type ObjectSchema = z.ZodObject;

/**
 * One thing that programs can ask for, declared once: the router and the OpenAPI document are both made from it, so they
 * can't differ.
 */
export type Operation<
  Query extends ObjectSchema = ObjectSchema,
  Body extends ObjectSchema = ObjectSchema,
  ResponseBody extends z.ZodType = z.ZodType,
> = Readonly<{
  method: 'get' | 'post';
  /** Below /api, as Express writes it. */
  path: string;
  /** One word for programs that are generated. */
  operationId: string;
  summary: string;
  description: string;
  permission: Permission;
  query: Query;
  body: Body | null;
  /** Whether it takes an Idempotency-Key. */
  isIdempotent?: true;
  status: 200 | 201;
  response: ResponseBody;
  /** The statuses of problems that it has besides those that all have. */
  problemStatuses: readonly number[];
  examples: Readonly<{ query?: z.input<Query>; body?: z.input<Body>; response: z.output<ResponseBody> }>;
  run(given: OperationInput<z.output<Query>, z.output<Body>>): Promise<z.input<ResponseBody>>;
}>;

/** Declares an operation: only its types are looked at here. */
export function defineOperation<
  Query extends ObjectSchema,
  Body extends ObjectSchema,
  ResponseBody extends z.ZodType,
>(declared: Operation<Query, Body, ResponseBody>): Operation {
  return declared as unknown as Operation;
}
