/** Somebody at the site behind its proxy: keeps the cookies and reads the forms. */
export class Guest {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(port: number) {
    this.#origin = `http://localhost:${port}`;
  }

  /** What each request of this guest carries. */
  get headers(): Record<string, string> {
    const cookies = [...this.#cookies].map((pair) => pair.join('='));
    return { 'X-Forwarded-Proto': 'https', Cookie: cookies.join('; ') };
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
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }
}

/** The hidden fields of all forms of a page. */
export function hiddenFields(page: string): Record<string, string> {
  const found = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}
