import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../src/api/operation.ts';
import { operations } from '../../src/api/operations.ts';
import { createGroup } from '../../src/groups/group.ts';
import { generateGroupLink, groupLinkUrl } from '../../src/groups/link.ts';
import { createTestAccount, createTestInvitation, createTestRecord } from '../support/fixtures.ts';
import { Program } from './program.ts';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];
type Described = {
  operationId: string;
  parameters: { name: string; in: string; example?: unknown; schema: object }[];
  requestBody?: { content: { 'application/json': { example: object; schema: object } } };
  responses: Record<string, { content: Record<string, { schema: JsonSchema; example: unknown }> }>;
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, object> };
};

let document: Document;
let admin: Program;
let adminId: string;
let groupId: string;

beforeAll(async () => {
  adminId = (await createTestAccount('admin@example.org', 'admin')).id;
  admin = await Program.of('admin@example.org');
  await createTestRecord('amma@example.org');
  await createTestInvitation('first@example.org');
  groupId = (await createGroup({ name: 'Harbour', description: '' }, { kind: 'command' })).id;
  document = (await new Program().get('/api/v1/openapi.json')).body;
});

const describedOf = ({ path, method }: Operation): Described => {
  const described = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method];
  if (!described) throw new Error(`${path} is not described`);
  return described;
};

/** A schema of the document, with those that it refers to. */
function shapeOf(schema: JsonSchema | undefined): z.ZodType {
  const whole = JSON.stringify({ ...Object(schema), $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}

/** The request of an operation's example, with what can't stand in a document: a link that works. */
async function addressOf(operation: Operation): Promise<string> {
  const given = describedOf(operation).parameters.filter(
    (one) => one.in === 'query' && one.example !== undefined,
  );
  const query = new URLSearchParams(
    given.map(({ name, example }): [string, string] => [name, String(example)]),
  );
  if (query.has('token')) {
    const actor = { kind: 'account', accountId: adminId, ip: null, requestId: null } as const;
    const url = groupLinkUrl(await generateGroupLink(groupId, { role: 'member', hours: 1 }, actor));
    query.set('token', new URL(url).searchParams.get('token') ?? '');
  }
  return `/api${operation.path.replace(':id', '1')}?${query}`;
}

describe('the OpenAPI document', () => {
  it('is valid by an outside validator', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('names every operation once', () => {
    const names = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((one) => one.operationId),
    );
    expect(names.sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
    expect(new Set(names).size).toBe(names.length);
  });

  it('has one named schema for each thing, for programs that are made from it', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Problem', 'Invitation', 'Group', 'Membership', 'AlumniRecord']),
    );
    const told = ['getInvitation', 'createInvitation', 'resendInvitation', 'revokeInvitation'].map((name) => {
      const operation = operations.find((one) => one.operationId === name) as Operation;
      return describedOf(operation).responses[operation.status]?.content['application/json']?.schema;
    });
    for (const schema of told) expect(schema).toEqual({ $ref: '#/components/schemas/Invitation' });
  });

  it('says what a request can’t do without', () => {
    const { parameters } = describedOf(
      operations.find(({ operationId }) => operationId === 'redeemInviteLink') as Operation,
    );
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'token', required: true }));
  });

  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'has an example of %s that works, and answers as described',
    async (_name, operation) => {
      const described = describedOf(operation);
      const path = await addressOf(operation);
      const sent = described.requestBody?.content['application/json'].example ?? {};
      const answer = await (operation.method === 'get' ? admin.get(path) : admin.post(path, sent));
      expect(answer.status, answer.text).toBe(operation.status);
      const told = described.responses[operation.status]?.content['application/json'];
      const shape = shapeOf(told?.schema);
      expect(shape.safeParse(answer.body).error).toBeUndefined();
      expect(shape.safeParse(told?.example).error).toBeUndefined();
      expect(operation.response.safeParse(answer.body).error).toBeUndefined();
    },
  );
});
