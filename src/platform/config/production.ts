/** Whether the process runs in production mode, the default: a forgotten NODE_ENV must not enable development features. */
export function isProduction({ NODE_ENV }: NodeJS.ProcessEnv): boolean {
  return NODE_ENV !== 'development' && NODE_ENV !== 'test';
}
