import 'i18next';
import type accounts from '../../../locales/en/accounts.json';
import type alumni from '../../../locales/en/alumni.json';
import type api from '../../../locales/en/api.json';
import type audit from '../../../locales/en/audit.json';
import type campaigns from '../../../locales/en/campaigns.json';
import type cli from '../../../locales/en/cli.json';
import type common from '../../../locales/en/common.json';
import type consents from '../../../locales/en/consents.json';
import type demo from '../../../locales/en/demo.json';
import type errors from '../../../locales/en/errors.json';
import type groups from '../../../locales/en/groups.json';
import type help from '../../../locales/en/help.json';
import type home from '../../../locales/en/home.json';
import type imports from '../../../locales/en/imports.json';
import type invitations from '../../../locales/en/invitations.json';
import type landing from '../../../locales/en/landing.json';
import type mail from '../../../locales/en/mail.json';
import type overview from '../../../locales/en/overview.json';
import type people from '../../../locales/en/people.json';
import type registration from '../../../locales/en/registration.json';
import type settings from '../../../locales/en/settings.json';
import type signIn from '../../../locales/en/sign-in.json';
import type webhooks from '../../../locales/en/webhooks.json';

/** The texts of each domain. i18next derives the keys that `t` accepts from it. */
export type Resources = {
  accounts: typeof accounts;
  alumni: typeof alumni;
  api: typeof api;
  audit: typeof audit;
  campaigns: typeof campaigns;
  cli: typeof cli;
  common: typeof common;
  consents: typeof consents;
  demo: typeof demo;
  errors: typeof errors;
  groups: typeof groups;
  help: typeof help;
  home: typeof home;
  imports: typeof imports;
  invitations: typeof invitations;
  landing: typeof landing;
  mail: typeof mail;
  overview: typeof overview;
  people: typeof people;
  registration: typeof registration;
  settings: typeof settings;
  'sign-in': typeof signIn;
  webhooks: typeof webhooks;
};

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: Resources;
    returnNull: false;
  }
}
