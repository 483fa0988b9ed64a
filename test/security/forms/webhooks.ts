import { openReusableForm, signInAdmin, type TestForms } from './form.ts';

/** The forms that connect other systems: webhooks and API keys. */
export const webhookForms: TestForms = {
  async '/admin/webhooks'() {
    const fields = {
      url: ['https://hooks.example.org/homecoming', 'https://127.0.0.1/'],
      'events[invitation-created]': ['yes', ''],
      'events[consent-granted]': ['yes'],
    };
    return openReusableForm(await signInAdmin(), '/admin/webhooks/new', '/admin/webhooks', fields);
  },
  async '/admin/api-keys'() {
    const fields = {
      name: ['Member database', ''],
      'scopes[alumni-read]': ['yes', ''],
      'scopes[groups-read]': ['yes'],
      days: ['30', '365'],
    };
    return openReusableForm(await signInAdmin(), '/admin/api-keys/new', '/admin/api-keys', fields);
  },
};
