import { type Request, type Response, Router } from 'express';
import { listRequestEvents } from '../../platform/audit/list.ts';
import { parseSearch, singleParam, toSpellingSuggestion } from '../../platform/http/list-query.ts';
import { normaliseAddress } from '../../platform/text/address.ts';
import { parseReference } from '../../platform/text/support-reference.ts';
import { accountOf } from '../../sign-in/guard.ts';
import { findPerson } from '../../support/find-person.ts';
import { getPersonDetails } from '../../support/person-details.ts';
import { describeEvent } from '../audit/describe-event.ts';
import { diagnosePerson } from './diagnosis.ts';
import { personTimeline } from './timeline.ts';

/** "Why can't they get in?": one search, and one page about a person. Addresses stand in queries, which no log has. */
export const adminHelpRoutes = Router();
adminHelpRoutes.get('/', showSearch);
adminHelpRoutes.get('/person', showPerson);

/** `?q=` is an address, a part of one or of a name, or a reference. One hit opens at once. */
async function showSearch(req: Request, res: Response): Promise<void> {
  const search = parseSearch(req.query);
  if (search === '')
    return res.render('admin/help/index', { search, hits: null, more: false, suggestion: null, events: [] });
  const outcome = await findPerson(search);
  if (outcome.kind === 'person') {
    const { email, reference } = outcome;
    const query = new URLSearchParams(reference === null ? { email } : { email, reference });
    return res.redirect(303, `/admin/help/person?${query}`);
  }
  res.render('admin/help/index', {
    search,
    hits: outcome.kind === 'hits' ? outcome.hits : null,
    more: outcome.kind === 'hits' && outcome.more,
    suggestion: toSpellingSuggestion(req, outcome.kind === 'hits' ? outcome.suggestion : null),
    events: outcome.kind === 'events' ? outcome.events.map(describeEvent) : [],
  });
}

/** `?email=`; `?reference=` says what was searched for. */
async function showPerson(req: Request, res: Response): Promise<void> {
  const email = normaliseAddress(singleParam(req.query.email));
  if (email === null) return res.redirect(303, '/admin/help');
  const reference = parseReference(singleParam(req.query.reference));
  const details = await getPersonDetails(email);
  const isAdmin = accountOf(res).staffRole === 'admin';
  const events = reference === null ? [] : await listRequestEvents(reference);
  res.render('admin/help/person', {
    ...details,
    person: details.account,
    account: accountOf(res),
    reference,
    referred: events.map(describeEvent),
    diagnosis: diagnosePerson(details, { isAdmin, isMailPaused: res.locals.mailPause !== null }),
    timeline: personTimeline(details, isAdmin),
  });
}
