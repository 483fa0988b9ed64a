/** Somebody at the site behind its proxy: keeps the session's cookie and reads the forms. */
export class Guest {
  readonly #origin: string;
  #cookie = '';

  constructor(port: number) {
    this.#origin = `http://localhost:${port}`;
  }

  /** What each request of this guest carries. */
  get headers(): Record<string, string> {
    return { 'X-Forwarded-Proto': 'https', Cookie: this.#cookie };
  }

  /** Opens a path, follows redirects and gives the page. */
  async open(path: string): Promise<string> {
    const answer = await this.#ask(path, {});
    const onward = answer.headers.get('location');
    if (onward) return this.open(onward);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.text();
  }

  /** Sends the form of a page with the given fields added. */
  async send(path: string, page: string, fields: Record<string, string>): Promise<void> {
    const body = new URLSearchParams({ ...hiddenFields(page), ...fields });
    const answer = await this.#ask(path, { method: 'POST', body });
    if (answer.status !== 303) throw new Error(`the form for ${path} was refused: ${answer.status}`);
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(this.#origin + path, { ...init, headers: this.headers, redirect: 'manual' });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie) this.#cookie = cookie.split(';')[0] ?? '';
    return answer;
  }
}

/** The hidden fields of all forms of a page. */
export function hiddenFields(page: string): Record<string, string> {
  const found = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}
