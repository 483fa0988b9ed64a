import { z } from 'zod';
import { config } from '../platform/config/config.ts';
import { type EventType, eventDescriptions, eventTypes } from '../webhooks/events.ts';
import { messageSchema } from '../webhooks/schemas.ts';
import type { Operation, Permission } from './operation.ts';
import { operations } from './operations.ts';
import { type Problem, problemSchema, problemTitles, problemTypes } from './problems.ts';

type JsonObject = Record<string, unknown>;

const commonStatuses = [400, 405, 422, 429, 500, 503];
const bodyStatuses = [413, 415];
const tokenStatuses = [401, 403];

const permissionLabels: Readonly<Record<Permission, string>> = {
  anyone: 'Anybody',
  member: 'Members with access',
  staff: 'Staff',
  admin: 'Administrators',
};

/** The OpenAPI 3.1 document of the operations, from the schemas that check them. */
export function openApiDocument(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: describeOperation(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Homecoming',
      version: '1',
      description:
        'What the alumni office’s other programs can do. Get a token first and send it as `Authorization: Bearer …`. Lists are paged: follow `next` until it is null. Unknown and repeated fields are refused. Whatever goes wrong is told as a problem (RFC 9457).',
    },
    servers: [{ url: `${config.baseUrl}/api` }],
    paths,
    webhooks: Object.fromEntries(eventTypes.map((type) => [type, { post: describeWebhook(type) }])),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: namedSchemas(),
      responses: Object.fromEntries(
        Object.keys(problemTitles).map((status) => [`Problem${status}`, problemResponse(Number(status))]),
      ),
    },
  };
}

function describeOperation(operation: Operation): JsonObject {
  const { operationId, summary, description, permission, status, response, examples, problemStatuses, body } =
    operation;
  const statuses = new Set([
    ...commonStatuses,
    ...(permission === 'anyone' ? [] : tokenStatuses),
    ...(operation.method === 'post' ? bodyStatuses : []),
    ...problemStatuses,
  ]);
  return {
    operationId,
    tags: [tagOf(operation.path)],
    summary,
    description: `${description} Who may: ${permissionLabels[permission].toLowerCase()}.`,
    security: permission === 'anyone' ? [] : [{ bearer: [] }],
    parameters: describeParameters(operation),
    ...(body && {
      requestBody: {
        required: isRequired(body),
        content: jsonContent(toInlineSchema(body, 'input'), examples.body ?? {}),
      },
    }),
    responses: {
      [status]: {
        description: 'Done',
        content: jsonContent(toInlineSchema(response, 'output'), examples.response),
      },
      ...Object.fromEntries(
        [...statuses].sort().map((one) => [one, { $ref: `#/components/responses/Problem${one}` }]),
      ),
    },
  };
}

function describeWebhook(type: EventType): JsonObject {
  return {
    operationId: type.replace('.', '-'),
    tags: ['webhooks'],
    summary: eventDescriptions[type],
    description:
      'Sent to each webhook that an administrator adds, signed as the Standard Webhooks specification says. The same `webhook-id` is the same message, tried again. Messages may come in any order.',
    requestBody: {
      required: true,
      content: { 'application/json': { schema: toInlineSchema(messageSchema(type), 'output') } },
    },
    responses: {
      '2XX': { description: 'Taken' },
      410: { description: 'The receiver is gone: nothing more is sent' },
      default: { description: 'Not taken: it is tried again, up to ten times in about three days' },
    },
  };
}

// The noun of the path: "/v1/groups/:id/…" is about groups.
function tagOf(path: string): string {
  return path.split('/')[2] ?? '';
}

function describeParameters({ path, query, examples, isIdempotent }: Operation): JsonObject[] {
  const pathParameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  }));
  const { required = [] } = z.toJSONSchema(query, { io: 'input' });
  const exampleQuery: JsonObject = examples.query ?? {};
  const queryParameters = Object.entries(query.shape).map(([name, shape]) => {
    const { description, ...schema } = toInlineSchema(shape, 'input');
    return {
      name,
      in: 'query',
      ...(required.includes(name) ? { required: true } : {}),
      ...(description ? { description } : {}),
      schema,
      ...(name in exampleQuery ? { example: exampleQuery[name] } : {}),
    };
  });
  const idempotencyHeader = {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same request under the same key is done once, however often it is sent within a day',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
    example: 'spring-reunion-1',
  };
  return [...pathParameters, ...queryParameters, ...(isIdempotent ? [idempotencyHeader] : [])];
}

function isRequired(body: z.ZodType): boolean {
  return !body.safeParse({}).success;
}

/** The schemas with an id, each once: what is generated from the document then has one type for each. */
function namedSchemas(): JsonObject {
  const schemas = [
    toJsonSchema(problemSchema, 'output'),
    ...operations.map(({ response }) => toJsonSchema(response, 'output')),
    ...operations.flatMap(({ body }) => (body ? [toJsonSchema(body, 'input')] : [])),
    ...eventTypes.map((type) => toJsonSchema(messageSchema(type), 'output')),
  ];
  return Object.assign({}, ...schemas.map(({ $defs }) => $defs));
}

function toInlineSchema(shape: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $defs: _, ...schema } = toJsonSchema(shape, io);
  return schema;
}

function toJsonSchema(shape: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io });
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function jsonContent(schema: JsonObject, example: unknown): JsonObject {
  return { 'application/json': { schema, example } };
}

function problemResponse(status: number): JsonObject {
  const title = problemTitles[status] ?? '';
  const type = `urn:homecoming:${problemTypes[status]}`;
  const example: Problem = { type, title, status, detail: `${title}.`, instance: 'K7M2Q9XA' };
  const hasRetryAfter = status === 429 || status === 503;
  return {
    description: title,
    ...(hasRetryAfter && {
      headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
    }),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example } },
  };
}
