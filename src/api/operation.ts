import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ApiScope } from '../accounts/api-key.ts';

/** Who may call an operation: anyone, members with access, staff of either role, administrators. */
export type Permission = 'anyone' | 'member' | 'staff' | 'admin';

/** A validated request. */
export type OperationInput<Query, Body> = Readonly<{
  req: Request;
  res: Response;
  /** The parameter of the path, such as `:id`; empty if there is none. */
  id: string;
  query: Query;
  body: Body;
}>;

export type ObjectSchema = z.ZodObject;

/** One operation of the API. The router and the OpenAPI document are both built from it, so they can't differ. */
export type Operation<
  Query extends ObjectSchema = ObjectSchema,
  Body extends ObjectSchema = ObjectSchema,
  ResponseBody extends z.ZodType = z.ZodType,
> = Readonly<{
  method: 'get' | 'post' | 'put' | 'delete';
  /** Relative to /api, in Express syntax. */
  path: string;
  /** The method name in generated clients. */
  operationId: string;
  summary: string;
  description: string;
  permission: Permission;
  /** The scope that an API key needs; null if keys can't do it. */
  scope: ApiScope | null;
  query: Query;
  body: Body | null;
  /** Whether it answers with an entity tag, and accepts conditions: If-None-Match to read, both to write. */
  hasEtag?: true;
  /** Whether it accepts an Idempotency-Key header. */
  isIdempotent?: true;
  status: 200 | 201;
  response: ResponseBody;
  /** Another status of success, which `run` sets itself. */
  otherStatus?: 201;
  /** The path of what was created or changed, for the `Location` header. */
  location?: (response: z.output<ResponseBody>) => string;
  /** The statuses of problems beyond those that every operation can return. */
  problemStatuses: readonly number[];
  examples: Readonly<{ query?: z.input<Query>; body?: z.input<Body>; response: z.output<ResponseBody> }>;
  run(input: OperationInput<z.output<Query>, z.output<Body>>): Promise<z.input<ResponseBody>>;
}>;

/** Infers the types of an operation and erases them, so that operations fit in one list. */
export function defineOperation<
  Query extends ObjectSchema,
  Body extends ObjectSchema,
  ResponseBody extends z.ZodType,
>(operation: Operation<Query, Body, ResponseBody>): Operation {
  return operation as unknown as Operation;
}
