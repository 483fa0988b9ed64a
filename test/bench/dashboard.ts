import type { PanelPage } from './panel.ts';

/** The overview with each filter. Each request has a different period, so that no figures are cached. */
export function dashboardPages(times: number): PanelPage[] {
  const day = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const scopes = ['', '&batch=1985', '&center=Center+5', '&batch=1985&center=Center+5'];
  return scopes.flatMap((scope) => [
    {
      kind: 'overview' as const,
      path: `/admin?from=2000-01-01&to=2100-01-01${scope}`,
      uniquePaths: Array.from(
        { length: times },
        (_, n) => `/admin?from=2000-01-01&to=${2101 + n}-01-01${scope}`,
      ),
    },
    {
      kind: 'overview' as const,
      path: `/admin?from=${day(365)}${scope}`,
      uniquePaths: Array.from(
        { length: times },
        (_, n) => `/admin?from=${day(365)}&to=${2101 + n}-01-01${scope}`,
      ),
    },
  ]);
}
