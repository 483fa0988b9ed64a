import { z } from 'zod';
import { config } from '../config.ts';
import { type EventType, events, eventTypes } from '../webhooks/events.ts';
import { messageShape } from '../webhooks/shapes.ts';
import type { Operation, Who } from './operation.ts';
import { operations } from './operations.ts';
import { kinds, type Problem, problemShape, titles } from './problems.ts';

type Json = Record<string, unknown>;

const always = [400, 405, 422, 429, 500, 503];
const withBody = [413, 415];
const withToken = [401, 403];

const readers: Readonly<Record<Who, string>> = {
  anyone: 'Anybody',
  member: 'Members with access',
  staff: 'Staff',
  admin: 'Administrators',
};

/** The OpenAPI 3.1 document of the operations, from the schemas that check them. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: describe(operation) };
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
    webhooks: Object.fromEntries(eventTypes.map((type) => [type, { post: describeMessage(type) }])),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: namedSchemas(),
      responses: Object.fromEntries(
        Object.keys(titles).map((status) => [`Problem${status}`, problem(Number(status))]),
      ),
    },
  };
}

function describe(operation: Operation): Json {
  const { name, summary, tells, who, status, answer, examples, refusals, body } = operation;
  const statuses = new Set([
    ...always,
    ...(who === 'anyone' ? [] : withToken),
    ...(operation.method === 'post' ? withBody : []),
    ...refusals,
  ]);
  return {
    operationId: name,
    tags: [tagOf(operation.path)],
    summary,
    description: `${tells} Who may: ${readers[who].toLowerCase()}.`,
    security: who === 'anyone' ? [] : [{ bearer: [] }],
    parameters: parametersOf(operation),
    ...(body && {
      requestBody: {
        required: isNeeded(body),
        content: asJson(schemaOf(body, 'input'), examples.body ?? {}),
      },
    }),
    responses: {
      [status]: { description: 'Done', content: asJson(schemaOf(answer, 'output'), examples.answer) },
      ...Object.fromEntries(
        [...statuses].sort().map((one) => [one, { $ref: `#/components/responses/Problem${one}` }]),
      ),
    },
  };
}

function describeMessage(type: EventType): Json {
  return {
    operationId: type.replace('.', '-'),
    tags: ['webhooks'],
    summary: events[type],
    description:
      'Sent to each webhook that an administrator adds, signed as the Standard Webhooks specification says. The same `webhook-id` is the same message, tried again. Messages may come in any order.',
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemaOf(messageShape(type), 'output') } },
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

function parametersOf({ path, query, examples, onceByKey }: Operation): Json[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  }));
  const { required = [] } = z.toJSONSchema(query, { io: 'input' });
  const given: Json = examples.query ?? {};
  const inQuery = Object.entries(query.shape).map(([name, shape]) => {
    const { description, ...schema } = schemaOf(shape, 'input');
    return {
      name,
      in: 'query',
      ...(required.includes(name) ? { required: true } : {}),
      ...(description ? { description } : {}),
      schema,
      ...(name in given ? { example: given[name] } : {}),
    };
  });
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same request under the same key is done once, however often it is sent within a day',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
    example: 'spring-reunion-1',
  };
  return [...inPath, ...inQuery, ...(onceByKey ? [key] : [])];
}

function isNeeded(body: z.ZodType): boolean {
  return !body.safeParse({}).success;
}

/** The schemas with an id, each once: what is generated from the document then has one type for each. */
function namedSchemas(): Json {
  const schemas = [
    jsonOf(problemShape, 'output'),
    ...operations.map(({ answer }) => jsonOf(answer, 'output')),
    ...operations.flatMap(({ body }) => (body ? [jsonOf(body, 'input')] : [])),
    ...eventTypes.map((type) => jsonOf(messageShape(type), 'output')),
  ];
  return Object.assign({}, ...schemas.map(({ $defs }) => $defs));
}

function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Json {
  const { $defs: _, ...schema } = jsonOf(shape, io);
  return schema;
}

function jsonOf(shape: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io });
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function asJson(schema: Json, example: unknown): Json {
  return { 'application/json': { schema, example } };
}

function problem(status: number): Json {
  const title = titles[status] ?? '';
  const type = `urn:homecoming:${kinds[status]}`;
  const example: Problem = { type, title, status, detail: `${title}.`, instance: 'K7M2Q9XA' };
  const limits = status === 429 || status === 503;
  return {
    description: title,
    ...(limits && { headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } } }),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example } },
  };
}
