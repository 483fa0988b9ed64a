import { openReusableForm, signInAdmin, type TestForms } from './form.ts';

/** The form that adds a webhook. */
export const webhookForms: TestForms = {
  async '/admin/webhooks'() {
    const fields = {
      url: ['https://hooks.example.org/homecoming', 'https://127.0.0.1/'],
      'events[invitation-created]': ['yes', ''],
      'events[consent-granted]': ['yes'],
    };
    return openReusableForm(await signInAdmin(), '/admin/webhooks/new', '/admin/webhooks', fields);
  },
};
