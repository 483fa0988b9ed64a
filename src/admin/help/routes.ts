import { type Request, type Response, Router } from 'express';
import { listRequestEvents } from '../../platform/audit/list.ts';
import { parseSearch, singleParam, toSpellingSuggestion } from '../../platform/http/list-query.ts';
import { normaliseAddress } from '../../platform/text/address.ts';
import { parseReference } from '../../platform/text/support-reference.ts';
import { accountOf } from '../../sign-in/guard.ts';
import { findPerson } from '../../support/find-person.ts';
import { getPersonDetails } from '../../support/person-details.ts';
import { describeEvent } from '../audit/describe-event.ts';
import { describeOpenRequest, diagnosePerson, requestUrl } from './diagnosis.ts';
import { personTimeline } from './timeline.ts';

/** "Why can't they get in?": a search, and a page per person. Addresses are in the query string, which isn't logged. */
export const adminHelpRoutes = Router();
adminHelpRoutes.get('/', showSearch);
adminHelpRoutes.get('/person', showPerson);

/** `?q=` is an address, a reference, or part of a name or address. A single match redirects to that person. */
async function showSearch(req: Request, res: Response): Promise<void> {
  const search = parseSearch(req.query);
  if (search === '')
    return res.render('admin/help/index', {
      search,
      results: null,
      hasMore: false,
      suggestion: null,
      events: [],
    });
  const found = await findPerson(search);
  if (found.kind === 'person') {
    const { email, reference } = found;
    const query = new URLSearchParams(reference === null ? { email } : { email, reference });
    return res.redirect(303, `/admin/help/person?${query}`);
  }
  res.render('admin/help/index', {
    search,
    results: found.kind === 'results' ? found.results : null,
    hasMore: found.kind === 'results' && found.hasMore,
    suggestion: toSpellingSuggestion(req, found.kind === 'results' ? found.suggestion : null),
    events: found.kind === 'events' ? found.events.map(describeEvent) : [],
  });
}

/** `?email=`; `?reference=` is the reference that was searched for. */
async function showPerson(req: Request, res: Response): Promise<void> {
  const email = normaliseAddress(singleParam(req.query.email));
  if (email === null) return res.redirect(303, '/admin/help');
  const reference = parseReference(singleParam(req.query.reference));
  const details = await getPersonDetails(email);
  const isAdmin = accountOf(res).staffRole === 'admin';
  const events = reference === null ? [] : await listRequestEvents(reference);
  const diagnosis = diagnosePerson(details, { isAdmin, isMailPaused: res.locals.mailPause !== null });
  const openRequests = details.requests.filter(({ resolvedAt }) => resolvedAt === null);
  res.render('admin/help/person', {
    ...details,
    person: details.account,
    account: accountOf(res),
    reference,
    referencedEvents: events.map(describeEvent),
    diagnosis,
    // Those that the diagnosis isn't about.
    otherRequests: openRequests
      .map((request) => ({ text: describeOpenRequest(request), url: requestUrl(request) }))
      .filter(({ url }) => !diagnosis.buttons.some((button) => button.url === url)),
    timeline: personTimeline(details, isAdmin),
  });
}
