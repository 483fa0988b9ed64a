/** What a request shows of who sent it: a person's browser, or a program. Judged at once and not kept. */
export type ClientSignals = Readonly<{
  method: string;
  userAgent: string;
  /** Whether it says which languages are understood, as every browser does. */
  hasAcceptLanguage: boolean;
  /** Whether it says that nobody looks at it yet. */
  isPrefetch: boolean;
  /** What the browser says that the page is for; null where it says nothing of the kind. */
  fetchMode: string | null;
  fetchDest: string | null;
}>;
