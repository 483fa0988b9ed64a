import { t } from './i18n/i18n.ts';

/** A link on an error page; the first is the primary action. With `fields` it is a button that posts them. */
export type PageAction = Readonly<{ label: string; url: string; fields?: Readonly<Record<string, string>> }>;

/**
 * Base class of expected errors. Operations throw a subclass; `errorHandler` responds with its status and an error page.
 * The message is shown to the user.
 */
export class HomecomingError extends Error {
  readonly status: number = 500;
  readonly title: string = t('errors:titles.unexpected');
  readonly actions: readonly PageAction[] = [];
  /** The support reference of the invitation or mail concerned; null to show the request's own. */
  readonly reference: string | null = null;
  override readonly name = this.constructor.name;
}

export class BadRequest extends HomecomingError {
  override readonly status = 400;
  override readonly title: string = t('errors:titles.badRequest');
}

export class NotFound extends HomecomingError {
  override readonly status = 404;
  override readonly title: string = t('errors:titles.notFound');
}

export class Forbidden extends HomecomingError {
  override readonly status = 403;
  override readonly title = t('errors:titles.forbidden');
}

export class Conflict extends HomecomingError {
  override readonly status = 409;
  override readonly title: string = t('errors:titles.conflict');
}

/** Something has changed since the client read it. */
export class PreconditionFailed extends HomecomingError {
  override readonly status = 412;
  override readonly title = t('api:titles.412');

  constructor() {
    super(t('api:errors.preconditionFailed'));
  }
}

/** Something that existed but no longer does: a link that was used, was revoked or has expired. */
export class Gone extends HomecomingError {
  override readonly status = 410;
  override readonly title: string = t('errors:titles.gone');
}

/** The error's `code`, such as `ECONNRESET`, or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Invalid form input: one message per field, keyed by field name. */
export class InvalidInput extends HomecomingError {
  override readonly status = 422;
  override readonly title = t('errors:titles.invalidInput');
  readonly errors: Readonly<Record<string, string>>;

  constructor(errors: Record<string, string>) {
    super(Object.values(errors).join(' '));
    this.errors = errors;
  }
}

function describeWait(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90
    ? t('errors:messages.tooManyAttempts.minutes', { count: minutes })
    : t('errors:messages.tooManyAttempts.hours', { count: Math.ceil(minutes / 60) });
}

export class TooManyAttempts extends HomecomingError {
  override readonly status = 429;
  override readonly title = t('errors:titles.tooManyAttempts');
  /** Whole seconds until the next attempt is allowed, at least 1. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    const seconds = Math.max(1, Math.ceil(retryAfter));
    super(describeWait(seconds));
    this.retryAfter = seconds;
  }
}
