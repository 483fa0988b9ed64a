import type { PanelPage } from './panel.ts';

/** The overview, narrowed down in each way. Each period is asked for once, so that no figure is remembered. */
export function dashboardPages(times: number): PanelPage[] {
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  const scopes = ['', '&batch=1985', '&center=Center+5', '&batch=1985&center=Center+5'];
  return scopes.flatMap((scope) => [
    {
      kind: 'overview' as const,
      path: `/admin?from=2000-01-01&to=2100-01-01${scope}`,
      once: Array.from({ length: times }, (_, n) => `/admin?from=2000-01-01&to=${2101 + n}-01-01${scope}`),
    },
    {
      kind: 'overview' as const,
      path: `/admin?from=${day(365)}${scope}`,
      once: Array.from({ length: times }, (_, n) => `/admin?from=${day(365)}&to=${2101 + n}-01-01${scope}`),
    },
  ]);
}
