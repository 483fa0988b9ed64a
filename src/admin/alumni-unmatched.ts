import { type Request, type Response, Router } from 'express';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { accessAt, ageRange, describeAge } from '../alumni/age.ts';
import { listRecords } from '../alumni/list.ts';
import { type ListedRecord, recordById } from '../alumni/listed-record.ts';
import { displayName } from '../alumni/record.ts';
import { whyHeld } from '../consent/standing-words.ts';
import { liftHold } from '../register/hold.ts';
import { likelyRecords } from '../register/likely.ts';
import { matchByHand, verdictsOn } from '../register/match.ts';
import {
  countHeld,
  countUnmatched,
  firstGuesses,
  listRegistrations,
  registrationById,
  sayNoRecordNeeded,
  takeBackNoRecordNeeded,
} from '../register/unmatched.ts';
import { readSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { saveSession } from '../web/session.ts';
import { filterIn } from './alumni-query.ts';
import { cursorIn, one, pagesAround } from './list-query.ts';

const adminOnly = requireStaff('admin');

/** People whom the register doesn't know by their address, or who are held for review: matched by hand, or left so. */
export const alumniUnmatched = Router();
alumniUnmatched.get('/unmatched', showRegistrations);
alumniUnmatched.get('/unmatched/:id', showRegistration);
alumniUnmatched.get('/unmatched/:id/match/:recordId', adminOnly, showMatch);
alumniUnmatched.post('/unmatched/:id/match/:recordId', adminOnly, submitMatch);
alumniUnmatched.post('/unmatched/:id/no-record', adminOnly, submitNoRecord);
alumniUnmatched.post('/unmatched/:id/record-wanted', adminOnly, submitRecordWanted);
alumniUnmatched.post('/unmatched/:id/hold-lifting', adminOnly, submitHoldLifting);

const LIST = '/admin/alumni/unmatched';

async function showRegistrations(req: Request, res: Response): Promise<void> {
  const typed = one(req.query.show);
  const circle = typed === 'settled' || typed === 'held' ? typed : 'unmatched';
  const page = await listRegistrations(circle, cursorIn(req.query));
  const guesses = await firstGuesses(page.items.map(({ id }) => id));
  res.render('admin/alumni/unmatched', {
    circle,
    page: {
      ...page,
      items: page.items.map((person) => ({
        ...person,
        why: person.heldForReviewAt && whyHeld(person),
        guesses: guesses.filter(({ accountId }) => accountId === person.id),
      })),
    },
    count: await countUnmatched(),
    held: await countHeld(),
    urls: pagesAround(req, page),
  });
}

async function showRegistration(req: Request, res: Response): Promise<void> {
  const person = await registrationById(String(req.params.id));
  const { search } = filterIn(req.query);
  const likely = await likelyRecords(person);
  const found = search === '' ? [] : await searched(search);
  const verdicts = await verdictsOn([...likely, ...found]);
  res.render('admin/alumni/registration', {
    person,
    why: person.heldForReviewAt && whyHeld(person),
    search,
    likely: await judged(likely, verdicts),
    found: await judged(found, verdicts),
  });
}

async function searched(search: string): Promise<ListedRecord[]> {
  const filter = { ...filterIn({ q: search }), order: 'name', descending: false, cursor: null } as const;
  return (await listRecords(filter)).items.filter(({ state }) => state !== 'merged');
}

async function judged<Found extends ListedRecord>(
  records: readonly Found[],
  verdicts: Awaited<ReturnType<typeof verdictsOn>>,
) {
  const policy = await readSettings();
  const now = new Date();
  return records.map((record) => ({
    ...record,
    verdict: verdicts.get(record.id),
    age: record.yearOfBirth === null ? null : describeAge(ageRange(record.yearOfBirth, now)),
    access: record.yearOfBirth === null ? null : accessAt(record.yearOfBirth, now, policy),
  }));
}

async function showMatch(req: Request, res: Response): Promise<void> {
  const person = await registrationById(String(req.params.id));
  const chosen = await recordById(String(req.params.recordId));
  const [record] = await judged([chosen], await verdictsOn([chosen]));
  res.render('admin/alumni/match', { person, record, name: displayName(chosen) });
}

async function submitMatch(req: Request, res: Response): Promise<void> {
  const { id, recordId } = req.params;
  const done = await matchByHand(String(id), String(recordId), actorOf(req, res));
  const waits = done.access === 'consent' ? ' The account waits for a guardian’s consent now.' : '';
  const said = `${done.account.name} has the record of ${displayName(done.record)}, and is told by mail.${waits}`;
  await back(req, res, said);
}

async function submitNoRecord(req: Request, res: Response): Promise<void> {
  const { name } = await sayNoRecordNeeded(String(req.params.id), actorOf(req, res));
  await back(req, res, `${name} needs no record. You can take that back under “Settled”.`);
}

async function submitRecordWanted(req: Request, res: Response): Promise<void> {
  const { name } = await takeBackNoRecordNeeded(String(req.params.id), actorOf(req, res));
  await back(req, res, `${name} waits to be matched again.`);
}

async function submitHoldLifting(req: Request, res: Response): Promise<void> {
  const { name } = await liftHold(String(req.params.id), actorOf(req, res));
  await back(req, res, `The hold on the account of ${name} is lifted, and they are told by mail.`);
}

async function back(req: Request, res: Response, done: string): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, LIST);
}
