import { accountPages } from './pages/account.ts';
import { checkPages } from './pages/check-pages.ts';
import { consentPages } from './pages/consents.ts';
import { errorPages } from './pages/errors.ts';
import { registrationPages } from './pages/registration.ts';
import { visitorPages } from './pages/visitors.ts';

// The errors come last, because one of them closes the database's connections.
checkPages('members', [
  ...visitorPages,
  ...registrationPages,
  ...consentPages,
  ...accountPages,
  ...errorPages,
]);
