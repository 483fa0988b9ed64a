import { type Request, type Response, Router } from 'express';
import { ageRange, ageStatusAt, describeAge } from '../../alumni/age.ts';
import { listRecords } from '../../alumni/list.ts';
import { getRecord, type ListedRecord } from '../../alumni/listed-record.ts';
import { liftHoldAndNotify } from '../../alumni/matching/lift-hold.ts';
import { listLikelyRecords } from '../../alumni/matching/likely-records.ts';
import { checkMatchEligibility } from '../../alumni/matching/match.ts';
import {
  countHeldForReview,
  countUnmatched,
  getUnmatchedAccount,
  listSuggestedRecords,
  listUnmatchedAccounts,
  markNoRecordNeeded,
  undoNoRecordNeeded,
} from '../../alumni/matching/unmatched.ts';
import { displayName } from '../../alumni/record.ts';
import { matchAndResolveRequests } from '../../invitations/requests/help-resolution.ts';
import { describeHoldForStaff } from '../../pages/describe-access.ts';
import { flash } from '../../platform/http/flash.ts';
import { pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { parseRecordFilter } from './query.ts';

const adminOnly = requireStaff('admin');

/** Accounts without a record or held for review, and matching them with a record. */
export const adminUnmatchedRoutes = Router();
adminUnmatchedRoutes.get('/unmatched', showRegistrations);
adminUnmatchedRoutes.get('/unmatched/:id', showRegistration);
adminUnmatchedRoutes.get('/unmatched/:id/match/:recordId', adminOnly, showMatch);
adminUnmatchedRoutes.post('/unmatched/:id/match/:recordId', adminOnly, submitMatch);
adminUnmatchedRoutes.post('/unmatched/:id/no-record', adminOnly, submitNoRecord);
adminUnmatchedRoutes.post('/unmatched/:id/no-record/undo', adminOnly, submitNoRecordUndo);
adminUnmatchedRoutes.post('/unmatched/:id/hold/lift', adminOnly, submitHoldLift);

const LIST_URL = '/admin/alumni/unmatched';

async function showRegistrations(req: Request, res: Response): Promise<void> {
  const show = singleParam(req.query.show);
  const scope = show === 'no-record-needed' || show === 'held-for-review' ? show : 'unmatched';
  const page = await listUnmatchedAccounts(scope, parseCursor(req.query));
  const suggestions = await listSuggestedRecords(page.items.map(({ id }) => id));
  res.render('admin/alumni/unmatched', {
    scope,
    page: {
      ...page,
      items: page.items.map((person) => ({
        ...person,
        holdReason: person.heldForReviewAt && describeHoldForStaff(person),
        suggestions: suggestions.filter(({ accountId }) => accountId === person.id),
      })),
    },
    count: await countUnmatched(),
    heldCount: await countHeldForReview(),
    urls: pageLinks(req, page),
  });
}

async function showRegistration(req: Request, res: Response): Promise<void> {
  const person = await getUnmatchedAccount(String(req.params.id));
  const { search } = parseRecordFilter(req.query);
  const likely = await listLikelyRecords(person);
  const found = search === '' ? [] : await searchRecords(search);
  const eligibility = await checkMatchEligibility([...likely, ...found]);
  res.render('admin/alumni/registration', {
    person,
    holdReason: person.heldForReviewAt && describeHoldForStaff(person),
    search,
    likely: await describeCandidates(likely, eligibility),
    found: await describeCandidates(found, eligibility),
  });
}

async function searchRecords(search: string): Promise<ListedRecord[]> {
  const filter = {
    ...parseRecordFilter({ q: search }),
    order: 'name',
    descending: false,
    cursor: null,
  } as const;
  return (await listRecords(filter)).items.filter(({ state }) => state !== 'merged');
}

async function describeCandidates<Found extends ListedRecord>(
  records: readonly Found[],
  eligibility: Awaited<ReturnType<typeof checkMatchEligibility>>,
) {
  const policy = await readSettings();
  const now = new Date();
  return records.map((record) => ({
    ...record,
    eligibility: eligibility.get(record.id),
    age: record.yearOfBirth === null ? null : describeAge(ageRange(record.yearOfBirth, now)),
    access: record.yearOfBirth === null ? null : ageStatusAt(record.yearOfBirth, now, policy),
  }));
}

async function showMatch(req: Request, res: Response): Promise<void> {
  const person = await getUnmatchedAccount(String(req.params.id));
  const chosen = await getRecord(String(req.params.recordId));
  const [record] = await describeCandidates([chosen], await checkMatchEligibility([chosen]));
  res.render('admin/alumni/match', { person, record, name: displayName(chosen) });
}

async function submitMatch(req: Request, res: Response): Promise<void> {
  const { id, recordId } = req.params;
  const matched = await matchAndResolveRequests(String(id), String(recordId), actorOf(req, res));
  const names = { name: matched.account.name, record: displayName(matched.record) };
  const message =
    matched.access === 'consent' ? t('alumni:match.doneNeedsConsent', names) : t('alumni:match.done', names);
  await redirectWithMessage(req, res, message);
}

async function submitNoRecord(req: Request, res: Response): Promise<void> {
  const { name } = await markNoRecordNeeded(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(req, res, t('alumni:account.noRecordNeededDone', { name }));
}

async function submitNoRecordUndo(req: Request, res: Response): Promise<void> {
  const { name } = await undoNoRecordNeeded(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(req, res, t('alumni:account.matchAfterAllDone', { name }));
}

async function submitHoldLift(req: Request, res: Response): Promise<void> {
  const { name } = await liftHoldAndNotify(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(req, res, t('alumni:account.liftHoldDone', { name }));
}

async function redirectWithMessage(req: Request, res: Response, message: string): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, LIST_URL);
}
