import { type CheerioAPI, load } from 'cheerio';
import type { Express } from 'express';
import request from 'supertest';
import { config } from '../../src/platform/config/config.ts';

type Fields = Record<string, string | string[]>;

/** One answer of the site, as a person would take it in. */
export type VisitedPage = Readonly<{
  status: number;
  path: string;
  headers: Record<string, string>;
  html: string;
  text: string;
  $: CheerioAPI;
}>;

/** Somebody with a browser without JavaScript: keeps cookies, follows redirects, sends the forms that pages hold. */
export class Visitor {
  readonly agent: ReturnType<typeof request.agent>;
  page: VisitedPage = toVisitedPage({ status: 0, text: '', headers: {} }, '');

  constructor(app: Express | string) {
    this.agent = request.agent(app);
  }

  /** Opens a path or one of our own absolute addresses. */
  async open(url: string): Promise<VisitedPage> {
    const path = url.replace(/^https?:\/\/localhost:\d+/, '');
    return this.#followRedirects(await this.agent.get(path), path);
  }

  /** Follows the link of the page with this text. */
  async follow(label: string): Promise<VisitedPage> {
    const { $ } = this.page;
    const link = $('a').filter((_, one) => $(one).text().replace(/\s+/g, ' ').trim() === label);
    const href = link.attr('href');
    if (href === undefined) throw new Error(`${this.page.path} has no link “${label}”`);
    return this.open(href);
  }

  /** Fills in the form of the page that is sent to `action`, hidden fields included, and sends it. */
  async submit(action: string, fields: Fields = {}): Promise<VisitedPage> {
    const sending = this.post(action, { ...this.fieldsOf(action), ...fields });
    return this.#followRedirects(await sending.set('Referer', this.#currentUrl()), action);
  }

  /** Sends a form by hand, as `post`, and goes where it leads. */
  async postAndFollow(action: string, fields: Fields = {}): Promise<VisitedPage> {
    return this.#followRedirects(await this.post(action, fields), action);
  }

  /** Fills in the form of the page that is sent to `action` with a file, and sends it. */
  async upload(action: string, content: string | Buffer, name = 'people.csv'): Promise<VisitedPage> {
    const sending = this.agent.post(action).set('Referer', this.#currentUrl());
    for (const [field, value] of Object.entries(this.fieldsOf(action))) sending.field(field, value);
    return this.#followRedirects(await sending.attach('file', Buffer.from(content), name), action);
  }

  /** Sends a form by hand; nothing is filled in and no redirect followed. */
  post(action: string, fields: Fields = {}): request.Test {
    return this.agent.post(action).type('form').send(encodeForm(fields));
  }

  /**
   * What the form holds before anything is typed: hidden fields, typed values, chosen answers. Where it asks for the own
   * year of birth, it is an adult’s.
   */
  fieldsOf(action: string): Fields {
    const { $ } = this.page;
    const form = $(`form[action="${action}"][method="post"]`).first();
    if (form.length === 0)
      throw new Error(`no form for ${action} on ${this.page.path}: ${this.page.text.slice(0, 400)}`);
    const fields = form.serializeArray().map(({ name, value }) => [name, value]);
    return Object.fromEntries(
      fields.map(([name, value]) => [name, name === 'ownYearOfBirth' && value === '' ? '1984' : value]),
    );
  }

  async signIn(email: string, password: string): Promise<VisitedPage> {
    await this.open('/sign-in');
    return this.submit('/sign-in', { email, password });
  }

  #currentUrl(): string {
    return config.baseUrl + this.page.path;
  }

  async #followRedirects(answer: request.Response, path: string): Promise<VisitedPage> {
    const location = answer.headers.location;
    if (answer.status >= 300 && answer.status < 400 && location) return this.open(location);
    this.page = toVisitedPage(answer, path);
    return this.page;
  }
}

/** What a column of the page's tables says, from top to bottom; none when the page has no such column. */
export function columnTexts({ $ }: VisitedPage, heading: string): string[] {
  const visibleText = (element: Parameters<CheerioAPI>[0]) => {
    const shown = $(element).clone();
    shown.find('.visually-hidden').remove();
    return shown.text().replace(/\s+/g, ' ').trim();
  };
  return $('table')
    .get()
    .flatMap((table) => {
      const index = $(table)
        .find('thead th')
        .get()
        .findIndex((head) => visibleText(head) === heading);
      const cells = $(table).find('tbody tr').get();
      return index < 0 ? [] : cells.map((line) => visibleText($(line).children().eq(index)));
    });
}

function toVisitedPage(
  answer: Pick<request.Response, 'status' | 'text' | 'headers'>,
  path: string,
): VisitedPage {
  const html = answer.text ?? '';
  const $ = load(html);
  const text = $('body').text().replace(/\s+/g, ' ').trim();
  return { status: answer.status, path, headers: answer.headers, html, text, $ };
}

function encodeForm(fields: Fields): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one] as [string, string]),
  );
  return new URLSearchParams(pairs).toString();
}
