import { type Request, type Response, Router } from 'express';
import { accountOf, requireAccount } from '../accounts/guard.ts';
import { accessAt, ageRange, describeAge, statusLabel } from '../alumni/age.ts';
import { type Profile, profilesOf } from '../alumni/profile.ts';
import { displayName } from '../alumni/record.ts';
import { readSettings, type Settings } from '../settings.ts';

/** The member's own page. */
export const home = Router();
home.get('/home', requireAccount, showHome);

async function showHome(_req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const policy = await readSettings();
  const profiles = await profilesOf(account.id);
  res.render('home/index', { profiles: profiles.map((profile) => onPage(profile, policy)) });
}

function onPage(profile: Profile, policy: Settings) {
  const { relationship, batch, center, yearOfBirth } = profile;
  const now = new Date();
  const access = yearOfBirth === null ? 'consent' : accessAt(yearOfBirth, now, policy);
  const age = yearOfBirth === null ? null : describeAge(ageRange(yearOfBirth, now));
  return {
    name: displayName(profile),
    relationship,
    batch,
    center,
    age,
    access,
    status: statusLabel(access),
  };
}
