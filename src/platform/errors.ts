/** Where an error page leads: the first is the main way on. With `fields` it is a button that posts them. */
export type PageAction = Readonly<{ label: string; url: string; fields?: Readonly<Record<string, string>> }>;

/**
 * What may go wrong on purpose. A verb throws one of these; `web/error-pages.ts` answers with its status and page.
 * Messages are written for the person who reads the page.
 */
export class HomecomingError extends Error {
  readonly status: number = 500;
  readonly title: string = 'Something went wrong';
  readonly actions: readonly PageAction[] = [];
  /** The short code of the case this is about, where there is one; else the request's own is shown. */
  readonly reference: string | null = null;
  override readonly name = this.constructor.name;
}

export class BadRequest extends HomecomingError {
  override readonly status = 400;
  override readonly title: string = 'We couldn’t read that';
}

export class NotFound extends HomecomingError {
  override readonly status = 404;
  override readonly title: string = 'Page not found';
}

export class Forbidden extends HomecomingError {
  override readonly status = 403;
  override readonly title = 'You can’t do that';
}

export class Conflict extends HomecomingError {
  override readonly status = 409;
  override readonly title: string = 'That can’t be done now';
}

/** What was there once and is no more: a link that was used, revoked or outlived. */
export class Gone extends HomecomingError {
  override readonly status = 410;
  override readonly title: string = 'This is no longer here';
}

/** The code that Node.js or a driver gave an error, such as `ECONNRESET`; empty where it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A form that can't be taken: one sentence a field, keyed by the field's name. */
export class InvalidInput extends HomecomingError {
  override readonly status = 422;
  override readonly title = 'Please check what you typed';
  readonly errors: Readonly<Record<string, string>>;

  constructor(errors: Record<string, string>) {
    super(Object.values(errors).join(' '));
    this.errors = errors;
  }
}

export class TooManyAttempts extends HomecomingError {
  override readonly status = 429;
  override readonly title = 'Too many attempts';
  /** Whole seconds until another try is taken. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('Too many attempts came from your connection.');
    this.retryAfter = Math.max(1, Math.ceil(retryAfter));
  }
}
