/** The dashboard, in each way to narrow it down, and the pages it leads to: none may grow with the number of invitations. */
export function dashboardPages(): [name: string, path: string][] {
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  return [
    ['overview', '/admin'],
    ['overview, a week', '/admin?period=7'],
    ['overview, 30 days', '/admin?period=30'],
    ['overview, 90 days', '/admin?period=90'],
    ['overview, a year', '/admin?period=365'],
    ['overview, days of one’s choice', `/admin?from=${day(700)}&to=${day(95)}`],
    ['overview, a batch', '/admin?batch=1985'],
    ['overview, a center', '/admin?center=Center+5'],
    ['overview, a batch in a center', '/admin?batch=1985&center=Center+5'],
    ['overview, a center in a year', '/admin?center=Center+5&period=365'],
    ['overview, a batch in 90 days', '/admin?batch=2020&period=90'],
    ['expiring within 24 hours', '/admin/invitations?expiring=day&sort=expires'],
    ['waiting for consent', '/admin/consents/waiting'],
    ['requests', '/admin/requests'],
    ['requests, answered', '/admin/requests?show=answered'],
    ['find a person, by a name', '/admin/help?q=Owusu'],
    ['find a person, by two letters', '/admin/help?q=ow'],
    ['find a person, by part of an address', '/admin/help?q=23@'],
    ['find a person, by nothing that is', '/admin/help?q=zzzyyyxxx'],
    ['find a person, by a reference', '/admin/help?q=7KQ2M4XD'],
    ['the page of a person', '/admin/help/person?email=inviter1@example.org'],
  ];
}
