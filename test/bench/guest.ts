/** A client behind a proxy that keeps cookies and submits forms. */
export class Guest {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(port: number) {
    this.#origin = `http://localhost:${port}`;
  }

  /** The headers of each request. */
  get headers(): Record<string, string> {
    const cookies = [...this.#cookies].map((pair) => pair.join('='));
    return { 'X-Forwarded-Proto': 'https', Cookie: cookies.join('; ') };
  }

  /** Opens a path, follows redirects and returns the page. */
  async open(path: string): Promise<string> {
    const response = await this.#fetch(path, {});
    const location = response.headers.get('location');
    if (location) return this.open(location);
    if (!response.ok) throw new Error(`${path} responded with ${response.status}`);
    return response.text();
  }

  /** Submits a page's form with additional fields. */
  async submit(path: string, page: string, fields: Record<string, string>): Promise<void> {
    const body = new URLSearchParams({ ...hiddenFields(page), ...fields });
    const response = await this.#fetch(path, { method: 'POST', body });
    if (response.status !== 303) throw new Error(`the form for ${path} was rejected: ${response.status}`);
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(this.#origin + path, { ...init, headers: this.headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }
}

/** The hidden fields of all forms of a page. */
export function hiddenFields(page: string): Record<string, string> {
  const found = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}
