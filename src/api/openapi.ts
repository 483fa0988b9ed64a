import { z } from 'zod';
import { config } from '../platform/config/config.ts';
import { type EventType, eventDescriptions, eventTypes } from '../webhooks/events.ts';
import { messageSchema } from '../webhooks/schemas.ts';
import type { Operation, Permission } from './operation.ts';
import { operations } from './operations.ts';
import {
  type Problem,
  problemSchema,
  problemTitle,
  problemTypeOf,
  problemTypes,
  problemUrl,
} from './problems.ts';

type JsonObject = Record<string, unknown>;

const commonStatuses = [400, 405, 422, 429, 500, 503];
const bodyStatuses = [413, 415];
const tokenStatuses = [401, 403];

const tags = {
  token: 'Sign in as a person',
  invitations: 'Permission for one address to register',
  groups: 'Groups of members, and one-time links that join them',
  alumni: 'The directory: people as the office knows them',
  imports: 'Uploaded files, with their rows and what became of them',
  campaigns: 'Many invitations sent for one purpose',
  requests: 'What invited people ask the office for',
  consents: 'Decisions of guardians about minors',
  webhooks: 'Messages to other systems about what happens here',
} as const;

const pathExamples: Readonly<Record<string, string>> = {
  external_id: 'A-1042',
  webhook_id: '6f1c2f0e-6a51-4d0e-9a55-0d6f3c1b2a77',
};

const responseHeaders = {
  Location: { description: 'The path of the resource', schema: { type: 'string' } },
  ETag: { description: 'The entity tag of the resource (RFC 9110)', schema: { type: 'string' } },
  Link: { description: 'The next and previous page (RFC 8288)', schema: { type: 'string' } },
  RateLimit: {
    description: 'How many requests are left, and for how many seconds',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'How many requests are allowed in how many seconds',
    schema: { type: 'string' },
  },
} as const;

const permissionLabels: Readonly<Record<Permission, string>> = {
  anyone: 'anyone',
  member: 'members with access',
  staff: 'staff',
  admin: 'administrators',
};

/** Generates the OpenAPI 3.1 document from the operations and the schemas that validate them. */
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
        'The interface for other programs of the alumni office. Send an API key, or a token from `getToken`, as `Authorization: Bearer …`. Lists are paged: follow `next`, also in the `Link` header, until it is null. Unknown and repeated fields are refused. Answers can have more fields in future. Errors are problem documents (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${config.baseUrl}/api` }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: Object.fromEntries(eventTypes.map((type) => [type, { post: describeWebhook(type) }])),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From `getToken`' },
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'Created at /admin/api-keys; begins with hcm_',
        },
      },
      headers: responseHeaders,
      schemas: namedSchemas(),
      responses: Object.fromEntries(
        Object.keys(problemTypes).map((status) => [`Problem${status}`, problemResponse(Number(status))]),
      ),
    },
  };
}

function describeOperation(operation: Operation): JsonObject {
  const {
    operationId,
    summary,
    description,
    permission,
    status,
    otherStatus,
    response,
    examples,
    problemStatuses,
    body,
  } = operation;
  const statuses = new Set([
    ...commonStatuses,
    ...(permission === 'anyone' ? [] : tokenStatuses),
    ...(operation.method === 'get' ? [] : bodyStatuses),
    ...problemStatuses,
  ]);
  const success = {
    description: 'Success',
    headers: describeHeaders(operation),
    content: jsonContent(toInlineSchema(response, 'output'), examples.response),
  };
  return {
    operationId,
    tags: [tagOf(operation.path)],
    summary,
    description: `${description} Allowed for: ${permissionLabels[permission]}.`,
    security: securityOf(operation),
    parameters: describeParameters(operation),
    ...(body && {
      requestBody: {
        required: isRequired(body),
        content: jsonContent(toInlineSchema(body, 'input'), examples.body ?? {}),
      },
    }),
    responses: {
      ...Object.fromEntries([status, otherStatus].flatMap((code) => (code ? [[code, success]] : []))),
      ...Object.fromEntries(
        [...statuses].sort().map((code) => [code, { $ref: `#/components/responses/Problem${code}` }]),
      ),
    },
  };
}

function securityOf({ permission, scope }: Operation): JsonObject[] {
  if (permission === 'anyone') return [];
  return scope === null ? [{ token: [] }] : [{ token: [] }, { apiKey: [scope] }];
}

function describeHeaders({ permission, location, response, hasEtag }: Operation): JsonObject {
  const isPage = response instanceof z.ZodObject && 'next' in response.shape;
  const names = [
    ...(location ? ['Location'] : []),
    ...(isPage ? ['Link'] : []),
    ...(hasEtag ? ['ETag'] : []),
    ...(permission === 'anyone' ? [] : ['RateLimit', 'RateLimit-Policy']),
  ];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function describeWebhook(type: EventType): JsonObject {
  return {
    operationId: type.replace('.', '-'),
    tags: ['webhooks'],
    security: [],
    summary: eventDescriptions[type],
    description:
      'Sent to every webhook that subscribes to this event, signed according to Standard Webhooks. A repeated `webhook-id` is another attempt to deliver the same message. Messages can arrive in any order.',
    requestBody: {
      required: true,
      content: { 'application/json': { schema: toInlineSchema(messageSchema(type), 'output') } },
    },
    responses: {
      '2XX': { description: 'Accepted' },
      410: { description: 'The endpoint no longer exists: the webhook is paused' },
      default: { description: 'Not accepted: retried, up to ten attempts in about three days' },
    },
  };
}

// The resource in the path: "groups" for "/v1/groups/:id/…".
function tagOf(path: string): string {
  return path.split('/')[2] ?? '';
}

function describeParameters({
  method,
  path,
  query,
  examples,
  isIdempotent,
  hasEtag,
}: Operation): JsonObject[] {
  const pathParameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    ...(name === 'id'
      ? { schema: { type: 'integer', minimum: 1 }, example: 1 }
      : { schema: { type: 'string', minLength: 1, maxLength: 100 }, example: pathExamples[String(name)] }),
  }));
  const { required = [] } = z.toJSONSchema(query, { io: 'input' });
  const exampleQuery: JsonObject = examples.query ?? {};
  const queryParameters = Object.entries(query.shape).map(([name, type]) => {
    const { description, ...schema } = toInlineSchema(type, 'input');
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
    description: 'Repeating a request with the same key within a day has no further effect',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
    example: 'spring-reunion-1',
  };
  const conditions = [...(method === 'get' ? [] : ['If-Match']), 'If-None-Match'].map((name) => ({
    name,
    in: 'header',
    description: 'Entity tags, or * (RFC 9110)',
    schema: { type: 'string' },
  }));
  return [
    ...pathParameters,
    ...queryParameters,
    ...(isIdempotent ? [idempotencyHeader] : []),
    ...(hasEtag ? conditions : []),
  ];
}

function isRequired(body: z.ZodType): boolean {
  return !body.safeParse({}).success;
}

/** The schemas that have an id, so that generated clients get one type for each. */
function namedSchemas(): JsonObject {
  const schemas = [
    toJsonSchema(problemSchema, 'output'),
    ...operations.map(({ response }) => toJsonSchema(response, 'output')),
    ...operations.flatMap(({ body }) => (body ? [toJsonSchema(body, 'input')] : [])),
    ...eventTypes.map((type) => toJsonSchema(messageSchema(type), 'output')),
  ];
  return Object.assign({}, ...schemas.map(({ $defs }) => $defs));
}

function toInlineSchema(type: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $defs: _, ...schema } = toJsonSchema(type, io);
  return schema;
}

function toJsonSchema(type: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    io,
    // A client must not break when answers get another field.
    override({ jsonSchema }) {
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function jsonContent(schema: JsonObject, example: unknown): JsonObject {
  return { 'application/json': { schema, example } };
}

function problemResponse(status: number): JsonObject {
  const title = problemTitle(status);
  const type = problemUrl(problemTypeOf(status));
  const example: Problem = { type, title, status, detail: `${title}.`, reference: 'K7M2Q9XA' };
  const hasRetryAfter = status === 429 || status === 503;
  return {
    description: title,
    ...(hasRetryAfter && {
      headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
    }),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example } },
  };
}
