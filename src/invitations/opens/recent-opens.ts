type RecentOpen = Readonly<{ linkId: string; at: number }>;

const WINDOW_MS = 10_000;
const MAX_NETWORKS = 5_000;
const MAX_LINKS_PER_NETWORK = 20;

/** By network, least recently seen first. Kept in the memory of this process for a few seconds. */
const opensByNetwork = new Map<string, readonly RecentOpen[]>();

/** The number of different links opened from one network within the last ten seconds, including this one. */
export function recordRecentOpen(network: string, linkId: string, now = Date.now()): number {
  evictOld(now);
  const recent = (opensByNetwork.get(network) ?? []).filter(
    (opened) => opened.linkId !== linkId && now - opened.at < WINDOW_MS,
  );
  const all = [...recent, { linkId, at: now }].slice(-MAX_LINKS_PER_NETWORK);
  opensByNetwork.delete(network);
  opensByNetwork.set(network, all);
  return all.length;
}

function evictOld(now: number): void {
  for (const [network, opened] of opensByNetwork) {
    if (now - (opened.at(-1)?.at ?? 0) < WINDOW_MS && opensByNetwork.size < MAX_NETWORKS) return;
    opensByNetwork.delete(network);
  }
}
