/** Whether a process runs as production: it does unless NODE_ENV says otherwise, so a forgotten setting opens nothing. */
export function isProduction({ NODE_ENV }: NodeJS.ProcessEnv): boolean {
  return NODE_ENV !== 'development' && NODE_ENV !== 'test';
}
