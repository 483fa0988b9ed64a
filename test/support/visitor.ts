import { type CheerioAPI, load } from 'cheerio';
import type { Express } from 'express';
import request from 'supertest';
import { config } from '../../src/platform/config/config.ts';

type Fields = Record<string, string | string[]>;

/** A response: its status, headers and content. */
export type VisitedPage = Readonly<{
  status: number;
  path: string;
  headers: Record<string, string>;
  html: string;
  text: string;
  $: CheerioAPI;
}>;

/** A browser without JavaScript: keeps cookies, follows redirects and submits forms. */
export class Visitor {
  readonly agent: ReturnType<typeof request.agent>;
  page: VisitedPage = toVisitedPage({ status: 0, text: '', headers: {} }, '');

  constructor(app: Express | string) {
    this.agent = request.agent(app);
  }

  /** Opens a path or an absolute URL of the app. */
  async open(url: string): Promise<VisitedPage> {
    const path = url.replace(/^https?:\/\/localhost:\d+/, '');
    return this.#followRedirects(await this.agent.get(path), path);
  }

  /** Follows the link with this text. */
  async follow(label: string): Promise<VisitedPage> {
    const { $ } = this.page;
    const link = $('a').filter((_, element) => $(element).text().replace(/\s+/g, ' ').trim() === label);
    const href = link.attr('href');
    if (href === undefined) throw new Error(`${this.page.path} has no link “${label}”`);
    return this.open(href);
  }

  /** Submits the page's form for `action` with its hidden fields, the given fields, and redirects followed. */
  async submit(action: string, fields: Fields = {}): Promise<VisitedPage> {
    const sending = this.post(action, { ...this.fieldsOf(action), ...fields });
    return this.#followRedirects(await sending.set('Referer', this.#currentUrl()), action);
  }

  /** Like `post`, but follows redirects. */
  async postAndFollow(action: string, fields: Fields = {}): Promise<VisitedPage> {
    return this.#followRedirects(await this.post(action, fields), action);
  }

  /** Submits the page's form for `action` with a file. */
  async upload(action: string, content: string | Buffer, name = 'people.csv'): Promise<VisitedPage> {
    const sending = this.agent.post(action).set('Referer', this.#currentUrl());
    for (const [field, value] of Object.entries(this.fieldsOf(action))) sending.field(field, value);
    return this.#followRedirects(await sending.attach('file', Buffer.from(content), name), action);
  }

  /** Posts a form, without fields of the page and without following redirects. */
  post(action: string, fields: Fields = {}): request.Test {
    return this.agent.post(action).type('form').send(encodeForm(fields));
  }

  /**
   * The initial fields of the page's form for `action`: hidden fields, filled-in values, selected options. An empty
   * `ownYearOfBirth` is set to an adult's.
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

  async #followRedirects(response: request.Response, path: string): Promise<VisitedPage> {
    const location = response.headers.location;
    if (response.status >= 300 && response.status < 400 && location) return this.open(location);
    this.page = toVisitedPage(response, path);
    return this.page;
  }
}

/** The texts of a table column from top to bottom; empty if no table has that heading. */
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
  response: Pick<request.Response, 'status' | 'text' | 'headers'>,
  path: string,
): VisitedPage {
  const html = response.text ?? '';
  const $ = load(html);
  const text = $('body').text().replace(/\s+/g, ' ').trim();
  return { status: response.status, path, headers: response.headers, html, text, $ };
}

function encodeForm(fields: Fields): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((item) => [name, item] as [string, string]),
  );
  return new URLSearchParams(pairs).toString();
}
