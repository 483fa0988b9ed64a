import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../src/api/operation.ts';
import { operations } from '../../src/api/operations.ts';
import { createGroup } from '../../src/groups/group.ts';
import { generateGroupLink, groupLinkUrl } from '../../src/groups/link.ts';
import { eventTypes } from '../../src/webhooks/events.ts';
import { createWebhook } from '../../src/webhooks/webhook.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation, createTestRecord, runJobs } from '../support/fixtures.ts';
import { ApiClient } from './api-client.ts';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];
type DocumentedOperation = {
  operationId: string;
  parameters: { name: string; in: string; example?: unknown; schema: object }[];
  requestBody?: { content: { 'application/json': { example: object; schema: object } } };
  responses: Record<string, { content: Record<string, { schema: JsonSchema; example: unknown }> }>;
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, object> };
};

let document: Document;
let admin: ApiClient;
let adminId: string;
let groupId: string;
let webhookId: string;

beforeAll(async () => {
  adminId = (await createTestAccount('admin@example.org', 'admin')).id;
  admin = await ApiClient.signIn('admin@example.org');
  await createTestRecord('amma@example.org');
  await admin.send('PUT', '/api/v1/alumni/A-1042', { last_name: 'Owusu' });
  await createTestInvitation('first@example.org');
  await createTestRecord('asked@example.org');
  await queryRows(
    `insert into invitation_requests (email) values ('asked@example.org'), ('other@example.org')`,
  );
  for (const [kind, content] of [
    ['alumni', 'external_id,last_name\nI-1,Imported\n'],
    ['invitees', 'email\ncampaign@example.org\n'],
  ])
    await admin.post('/api/v1/imports', { kind, content, file_name: 'file.csv' });
  webhookId = await createWebhook('https://hooks.example.org/', eventTypes, { kind: 'command' });
  groupId = (await createGroup({ name: 'Harbour', description: '' }, { kind: 'command' })).id;
  document = (await new ApiClient().get('/api/v1/openapi.json')).body;
});

const documentedOperation = ({ path, method }: Operation): DocumentedOperation => {
  const documented = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method];
  if (!documented) throw new Error(`${path} is not documented`);
  return documented;
};

/** A schema of the document, with its references resolved. */
function toZodType(schema: JsonSchema | undefined): z.ZodType {
  const whole = JSON.stringify({ ...Object(schema), $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}

/** The URL of an operation's example. The token of a link is replaced by a valid one. */
async function exampleUrl(operation: Operation): Promise<string> {
  const examples = documentedOperation(operation).parameters.filter(
    (parameter) => parameter.in === 'query' && parameter.example !== undefined,
  );
  const query = new URLSearchParams(
    examples.map(({ name, example }): [string, string] => [name, String(example)]),
  );
  if (query.has('token')) {
    const actor = { kind: 'account', accountId: adminId, ip: null, requestId: null } as const;
    const url = groupLinkUrl(await generateGroupLink(groupId, { role: 'member', hours: 1 }, actor));
    query.set('token', new URL(url).searchParams.get('token') ?? '');
  }
  const path = operation.path
    .replace('/requests/:id/dismissal', '/requests/2/dismissal')
    .replace(':id', '1')
    .replace(':external_id', 'A-1042')
    .replace(':webhook_id', webhookId);
  return `/api${path}?${query}`;
}

/** The body of an operation's example, with the counts and versions that a client has read before. */
async function exampleBody({ operationId, path }: Operation, example: object): Promise<object> {
  if (!/imports|campaigns/.test(path)) return example;
  await runJobs();
  const { body: source } = await admin.get('/api/v1/imports/1');
  if (operationId === 'confirmImport')
    return { count: source.importable_count, checked_at: source.checked_at };
  const { body: campaign } = await admin.get('/api/v1/campaigns/1');
  if ('version' in example) Object.assign(example, { version: campaign.version });
  return 'count' in example ? { ...example, count: campaign.included_count } : example;
}

describe('the OpenAPI document', () => {
  it('passes an independent validator', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('gives every operation a unique id', () => {
    const names = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(names.sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
    expect(new Set(names).size).toBe(names.length);
  });

  it('has one named schema for each resource, for generated clients', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Problem', 'Invitation', 'Group', 'Membership', 'AlumniRecord']),
    );
    const schemas = ['getInvitation', 'createInvitation', 'resendInvitation', 'revokeInvitation'].map(
      (name) => {
        const operation = operations.find(({ operationId }) => operationId === name) as Operation;
        return documentedOperation(operation).responses[operation.status]?.content['application/json']
          ?.schema;
      },
    );
    for (const schema of schemas) expect(schema).toEqual({ $ref: '#/components/schemas/Invitation' });
  });

  it('marks required parameters', () => {
    const { parameters } = documentedOperation(
      operations.find(({ operationId }) => operationId === 'redeemInviteLink') as Operation,
    );
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'token', required: true }));
  });

  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'has a working example of %s with a response that matches its schema',
    async (_name, operation) => {
      const documented = documentedOperation(operation);
      const url = await exampleUrl(operation);
      const body = await exampleBody(
        operation,
        documented.requestBody?.content['application/json'].example ?? {},
      );
      const response = await admin.send(operation.method, url, body);
      expect(response.status, response.text).toBe(operation.status);
      const content = documented.responses[operation.status]?.content['application/json'];
      const responseType = toZodType(content?.schema);
      expect(responseType.safeParse(response.body).error).toBeUndefined();
      expect(responseType.safeParse(content?.example).error).toBeUndefined();
      expect(operation.response.safeParse(response.body).error).toBeUndefined();
    },
  );
});
