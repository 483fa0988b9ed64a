import { beforeEach, describe, expect, it } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { codeOf, memberWithAuthenticator, resetTimeSteps } from './authenticator.ts';
import { credentials, endSessions, inAnotherTab } from './pending-form-fixtures.ts';

beforeEach(() => queryRows('delete from rate_limits'));

describe('signing in and out in several tabs', () => {
  it('redirects as usual when signing out twice', async () => {
    const admin = await signInStaff('admin');
    await inAnotherTab(admin, (tab) => tab.submit('/sign-out'));
    expect((await admin.submit('/sign-out')).path).toBe('/');
  });

  it('redirects as usual when signing in twice', async () => {
    await createTestAccount('twice@example.org');
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    await inAnotherTab(visitor, (tab) => tab.signIn('twice@example.org', validPassword));
    expect((await visitor.submit('/sign-in', credentials('twice@example.org'))).path).toBe('/home');
  });

  it('asks for the two-step code although another account is signed in', async () => {
    const { key, email } = await memberWithAuthenticator('second.phone@example.org');
    await resetTimeSteps();
    await createTestAccount('first@example.org');
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    await inAnotherTab(visitor, (tab) => tab.signIn('first@example.org', validPassword));
    const codePage = await visitor.submit('/sign-in', credentials(email));
    expect(codePage.text).toContain('Enter your code');
    await visitor.submit('/sign-in', { code: codeOf(key, 1) });
    expect((await visitor.open('/account')).text).toContain(email);
  });

  it('explains that the browser blocks cookies', async () => {
    const member = await createTestAccount(uniqueAddress());
    const signedIn = await newVisitor().post('/sign-in', credentials(member.email));
    expect([signedIn.status, signedIn.headers.location]).toEqual([303, '/home']);
    // As browsers do, each request of the chain says that it comes from the sign-in page.
    const referrer = `${config.baseUrl}/sign-in`;
    const home = await newVisitor().agent.get('/home').set('Referer', referrer);
    const { text } = await newVisitor().agent.get(String(home.headers.location)).set('Referer', referrer);
    expect(text).toContain('Your browser blocks our cookie');
    expect((await newVisitor().open('/sign-in?returnTo=%2Fhome')).text).not.toContain('cookie');
  });

  it('redirects htmx requests without a session to the sign-in page', async () => {
    const admin = await signInStaff('admin');
    await endSessions();
    const part = await admin.agent.get('/admin/invitations/preview?email=a').set('HX-Request', 'true');
    expect([part.status, part.headers.location?.split('?')[0]]).toEqual([303, '/sign-in']);
    const form = await admin.post('/admin/invitations', { email: 'a' }).set('HX-Request', 'true');
    expect(form.status).toBe(401);
  });
});
