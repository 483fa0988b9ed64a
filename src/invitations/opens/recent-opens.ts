type RecentOpen = Readonly<{ linkId: string; at: number }>;

const WINDOW_MS = 10_000;
const MAX_NETWORKS = 5_000;
const MAX_LINKS_PER_NETWORK = 20;

/** By place, the one longest unseen first. In memory, of this process alone, and forgotten after a moment. */
const opensByNetwork = new Map<string, readonly RecentOpen[]>();

/** Counts how many different links were opened from one place within the last ten seconds, this one included. */
export function countRecentLinkOpens(network: string, linkId: string, now = Date.now()): number {
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
