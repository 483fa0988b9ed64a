import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, queryRows } from '../../platform/db/database.ts';

/**
 * `unconfirmed`: opened by what may be a person, but the page was never shown. `invalid`: the link no longer worked.
 * `form-error`: the registration form was submitted with errors.
 */
export type LinkOpenKind = 'scanner' | 'unconfirmed' | 'person' | 'invalid' | 'form-error';

/** The opens of one kind of one link. */
export class LinkOpen extends Model<InferAttributes<LinkOpen>, InferCreationAttributes<LinkOpen>> {
  declare linkId: string;
  declare invitationId: string;
  declare kind: LinkOpenKind;
  /** The browser in plain words, or the names of the invalid form fields. */
  declare detail: string;
  declare firstAt: CreationOptional<Date>;
  declare lastAt: CreationOptional<Date>;
  declare openCount: CreationOptional<number>;
}

LinkOpen.init(
  {
    linkId: { type: DataTypes.UUID, primaryKey: true },
    invitationId: DataTypes.BIGINT,
    kind: { type: DataTypes.TEXT, primaryKey: true },
    detail: { type: DataTypes.TEXT, primaryKey: true },
    firstAt: DataTypes.DATE,
    lastAt: DataTypes.DATE,
    openCount: DataTypes.INTEGER,
  },
  { sequelize: database, tableName: 'link_opens' },
);

type OpenedLink = Pick<LinkOpen, 'linkId' | 'invitationId'>;

const INCREMENT_SQL = `on conflict (link_id, kind, detail) do update set open_count = link_opens.open_count + 1, last_at = now()`;

/** Counts an open that doesn't prove a person. It never redeems the link. */
export async function recordLinkOpen(
  { linkId, invitationId }: OpenedLink,
  kind: 'scanner' | 'unconfirmed' | 'invalid',
  device: string,
): Promise<void> {
  await queryRows(
    `insert into link_opens (link_id, invitation_id, kind, detail) values ($1, $2, $3, $4) ${INCREMENT_SQL}`,
    [linkId, invitationId, kind, device],
  );
}

/**
 * Counts an open or a form submission by a person, and records the invitation as opened. Unconfirmed opens of the same
 * browser were this person's, so they are deleted. `invalidFields` are field names, never what was typed.
 */
export async function recordLinkOpenByPerson(
  { linkId, invitationId }: OpenedLink,
  device: string,
  invalidFields: readonly string[] = [],
): Promise<void> {
  const names = invalidFields.map((name) => name.replace(/\[.*$/, ''));
  const [kind, detail] =
    invalidFields.length > 0
      ? ['form-error', [...new Set(names)].sort().join(' ').slice(0, 120)]
      : ['person', device];
  await queryRows(
    `with confirmed as (delete from link_opens where link_id = $1 and kind = 'unconfirmed' and detail = $5),
       opened as (update invitations set opened_at = now() where id = $2 and opened_at is null)
     insert into link_opens (link_id, invitation_id, kind, detail) values ($1, $2, $3, $4) ${INCREMENT_SQL}`,
    [linkId, invitationId, kind, detail, device],
  );
}

/** All opens of the links of an invitation, earliest first. */
export function listLinkOpens(invitationId: string): Promise<LinkOpen[]> {
  return LinkOpen.findAll({ where: { invitationId }, order: ['firstAt', 'kind', 'detail'] });
}
