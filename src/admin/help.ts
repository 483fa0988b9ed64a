import { type Request, type Response, Router } from 'express';
import { accountOf } from '../accounts/guard.ts';
import { eventsOfRequest } from '../audit/list.ts';
import { normaliseAddress } from '../mail/address.ts';
import { findPerson } from '../office/find-person.ts';
import { personFile } from '../office/person-file.ts';
import { referenceIn } from '../web/reference.ts';
import { inWords } from './audit-words.ts';
import { one, searchIn, suggestionIn } from './list-query.ts';
import { diagnosePerson } from './person-diagnosis.ts';
import { personTimeline } from './person-timeline.ts';

/** "Why can't they get in?": one search, and one page about a person. Addresses stand in queries, which no log has. */
export const help = Router();
help.get('/', showSearch);
help.get('/person', showPerson);

/** `?q=` is an address, a part of one or of a name, or a reference. One hit opens at once. */
async function showSearch(req: Request, res: Response): Promise<void> {
  const search = searchIn(req.query);
  if (search === '')
    return res.render('admin/help/index', { search, hits: null, more: false, suggestion: null, events: [] });
  const found = await findPerson(search);
  if (found.kind === 'person') {
    const { email, reference } = found;
    const query = new URLSearchParams(reference === null ? { email } : { email, reference });
    return res.redirect(303, `/admin/help/person?${query}`);
  }
  res.render('admin/help/index', {
    search,
    hits: found.kind === 'hits' ? found.hits : null,
    more: found.kind === 'hits' && found.more,
    suggestion: suggestionIn(req, found.kind === 'hits' ? found.suggestion : null),
    events: found.kind === 'events' ? found.events.map(inWords) : [],
  });
}

/** `?email=`; `?reference=` says what was searched for. */
async function showPerson(req: Request, res: Response): Promise<void> {
  const email = normaliseAddress(one(req.query.email));
  if (email === null) return res.redirect(303, '/admin/help');
  const reference = referenceIn(one(req.query.reference));
  const file = await personFile(email);
  const isAdmin = accountOf(res).staffRole === 'admin';
  const events = reference === null ? [] : await eventsOfRequest(reference);
  res.render('admin/help/person', {
    ...file,
    person: file.account,
    account: accountOf(res),
    reference,
    referred: events.map(inWords),
    diagnosis: diagnosePerson(file, { isAdmin, isMailPaused: res.locals.mailPause !== null }),
    timeline: personTimeline(file, isAdmin),
  });
}
