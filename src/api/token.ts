import { z } from 'zod';
import { ACCESS_TOKEN_SECONDS, issueAccessToken } from '../accounts/access-token.ts';
import { authenticate, TwoStepCodeRequired } from '../accounts/authenticate.ts';
import { actingAs } from '../platform/audit/audit.ts';
import { InvalidInput } from '../platform/errors.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { t } from '../platform/i18n/i18n.ts';
import { MAX_TYPED_ADDRESS } from '../platform/text/address.ts';
import { actorOf } from '../sign-in/guard.ts';
import { requireMemberAccess } from './authorize.ts';
import { defineOperation } from './operation.ts';
import { NotSignedIn } from './problems.ts';
import { emptySchema } from './schemas.ts';

export const getTokenOperation = defineOperation({
  method: 'post',
  path: '/v1/token',
  operationId: 'getToken',
  summary: 'Request an access token',
  description:
    'Issues a bearer token that is valid for 15 minutes. An account with two-step sign-in also needs `code`; without it, the problem type ends in `#code-required`. Failed attempts count towards the same limit as those on the sign-in page.',
  permission: 'anyone',
  scope: null,
  query: emptySchema,
  body: z.strictObject({
    email: z.string().min(1).max(MAX_TYPED_ADDRESS),
    password: z.string().min(1).max(1_000),
    code: z
      .string()
      .max(100)
      .optional()
      .meta({ description: 'From the authenticator app, or a recovery code' }),
  }),
  status: 200,
  response: z.strictObject({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.literal(ACCESS_TOKEN_SECONDS).meta({ description: 'Seconds' }),
  }),
  problemStatuses: [401, 403],
  examples: {
    body: { email: 'admin@example.org', password: 'quiet river under stones' },
    response: { access_token: 'eyJhbGciOi…', token_type: 'Bearer', expires_in: ACCESS_TOKEN_SECONDS },
  },
  async run({ req, res, body: { email, password, code } }) {
    const actor = actorOf(req, res);
    const typedCode = code?.trim() ? code : null;
    const account = await authenticate({ email, password, code: typedCode }, clientNetwork(req), actor).catch(
      throwNotSignedIn,
    );
    if (account.staffRole === null) await requireMemberAccess(account);
    const access_token = await issueAccessToken(account, actingAs(account.id, actor));
    return { access_token, token_type: 'Bearer' as const, expires_in: ACCESS_TOKEN_SECONDS };
  },
});

function throwNotSignedIn(error: unknown): never {
  if (error instanceof TwoStepCodeRequired)
    throw new NotSignedIn(t('api:errors.codeRequired'), 'code-required', error.errors);
  if (error instanceof InvalidInput) throw new NotSignedIn(error.message, 'not-signed-in', error.errors);
  throw error;
}
