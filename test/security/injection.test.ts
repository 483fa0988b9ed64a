import { type CheerioAPI, load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceivedMail } from '../support/smtp-server.ts';
import { type Rendered, renderEverythingWith, startRendering, stopRendering } from './render-everything.ts';

const payloads = [
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  `' onmouseover='alert(1)' x='`,
  '" autofocus onfocus="alert(1)" x="',
  '</title></style></textarea></option></blockquote><iframe src=javascript:alert(1)>',
  '<!--><script>alert(1)</script-->',
  '<a href="//evil.example">Click</a>',
  'javascript:alert(1)',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '<%= 7*7 %><%- include("/etc/passwd") %>',
  '{{constructor.constructor("alert(1)")()}}',
  '}</style><style>*{background:url(//evil.example)}',
  'x\u2028</p>\u2029<form action="//evil.example"><input name="x">',
  '<math><mtext></form><mglyph><style></math><img src onerror=alert(1)>',
  'x\r\nBcc: thief@evil.example\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>',
];

// Two payloads at a time, for speed.
const texts = payloads.flatMap((payload, index) =>
  index % 2 === 0 ? [`${payload} ${payloads[index + 1] ?? ''}`] : [],
);

let baseline: Rendered;

beforeAll(async () => {
  await startRendering();
  baseline = await renderEverythingWith('plain words');
});
afterAll(stopRendering);

/** All elements with their attribute names, in order. */
function skeleton($: CheerioAPI): string[] {
  // Line breaks of a message stay line breaks.
  return $('*:not(br)')
    .toArray()
    .map((element) => `${$(element).prop('tagName')} ${Object.keys($(element).attr() ?? {}).sort()}`);
}

function headerNames({ raw }: ReceivedMail): string[] {
  const [head = ''] = raw.split('\r\n\r\n');
  return head
    .split('\r\n')
    .filter((line) => !/^\s/.test(line))
    .map((line) => line.split(':')[0] ?? '')
    .sort();
}

describe.each(texts)('with %j in every name, message, reason and setting', (text) => {
  let rendered: Rendered;
  beforeAll(async () => {
    rendered = await renderEverythingWith(text);
  });

  it('no page gains an element, an attribute or a script URL', () => {
    for (const [name, { $, status }] of Object.entries(rendered.pages)) {
      expect(status, name).toBe(baseline.pages[name]?.status);
      expect(skeleton($), name).toEqual(skeleton(baseline.pages[name]?.$ ?? load('')));
      expect($('[href^="javascript:" i], [src^="javascript:" i], [action^="http"]').length, name).toBe(0);
    }
    const [first = ''] = text.split('\r');
    for (const name of ['invitation', 'the link to share', 'revoked'])
      expect(rendered.pages[name]?.$('main').text()).toContain(first);
  });

  it('no mail gains an element, a header or a recipient', () => {
    expect(Object.keys(rendered.mails)).toEqual(['invitation', 'code', 'welcome', 'reset']);
    for (const [kind, received] of Object.entries(rendered.mails)) {
      const plain = baseline.mails[kind];
      expect(skeleton(load(received.mail.html ?? '')), kind).toEqual(skeleton(load(plain?.mail.html ?? '')));
      expect(plain && headerNames(received)).toEqual(plain && headerNames(plain));
      expect(received.to).toHaveLength(1);
      expect(received.mail.bcc).toBeUndefined();
      expect(received.mail.attachments).toEqual([]);
    }
    expect(rendered.capturedMail.map(({ $ }) => skeleton($))).toEqual(
      baseline.capturedMail.map(({ $ }) => skeleton($)),
    );
  });
});
