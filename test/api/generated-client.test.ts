import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  BaseResolver,
  type Config,
  createConfig,
  lintDocument,
  makeDocumentFromString,
} from '@redocly/openapi-core';
import openapiTypescript, { type OpenAPI3 } from 'openapi-typescript';
import { beforeAll, expect, it } from 'vitest';
import { apiScopes, createApiKey } from '../../src/accounts/api-key.ts';
import { projectRoot } from '../../src/platform/config/config.ts';
import { app, createTestAccount, createTestRecord } from '../support/fixtures.ts';
import { ApiClient } from './api-client.ts';

let document: OpenAPI3;

beforeAll(async () => {
  document = (await new ApiClient().get('/api/v1/openapi.json')).body;
});

/** A program that sends as little as the document allows. */
const program = `
import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';

export async function run(baseUrl: string, key: string): Promise<unknown[]> {
  const { GET, POST } = createClient<paths>({ baseUrl, headers: { Authorization: \`Bearer \${key}\` } });
  const invited = await POST('/v1/invitations', { body: { email: 'client@example.org' } });
  if (invited.error) throw new Error(invited.error.detail);
  const invitation = await GET('/v1/invitations/{id}', { params: { path: { id: invited.data.id } } });
  const bulk = await POST('/v1/invitations/bulk', { body: { invitations: [{ email: 'bulk@example.org' }] } });
  const records = await GET('/v1/alumni', { params: { query: { limit: 1 } } });
  const refused = await POST('/v1/groups/{id}/generate-invite-link', { params: { path: { id: 999 } }, body: {} });
  return [
    invitation.data?.email,
    bulk.data?.results[0]?.invitation?.status,
    records.data?.items[0]?.last_name,
    refused.error?.status,
  ];
}
`;

it('the document passes the linter of Redocly', async () => {
  const config: Config = await createConfig({
    extends: ['recommended'],
    rules: { 'no-server-example.com': 'off' },
  });
  const source = makeDocumentFromString(JSON.stringify(document), 'openapi.json');
  const problems = await lintDocument({
    document: source,
    config: config.styleguide,
    externalRefResolver: new BaseResolver(),
  });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    [],
  );
});

it('a client generated from the document compiles in strict mode and works', async () => {
  const { id } = await createTestAccount('admin@example.org', 'admin');
  const key = await createApiKey(id, { name: 'Client', scopes: apiScopes, days: 30 }, { kind: 'command' });
  await createTestRecord('amma@example.org');
  const parent = join(projectRoot, '.data');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'client-'));
  const server = createServer(app).listen(0, '127.0.0.1');
  try {
    writeFileSync(join(folder, 'schema.d.ts'), await openapiTypescript(document));
    writeFileSync(join(folder, 'program.ts'), program);
    const options = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--skipLibCheck',
    ];
    const modules = [
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--allowImportingTsExtensions',
      '--rewriteRelativeImportExtensions',
    ];
    execFileSync(join(projectRoot, 'node_modules/.bin/tsc'), [
      ...options,
      ...modules,
      '--ignoreConfig',
      join(folder, 'program.ts'),
    ]);
    const { run } = await import(join(folder, 'program.js'));
    const { port } = server.address() as AddressInfo;
    expect(await run(`http://127.0.0.1:${port}/api`, key)).toEqual([
      'client@example.org',
      'pending',
      'Owusu',
      404,
    ]);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
