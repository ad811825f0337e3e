const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The owner of a row: the `sub` of the token. `owner` is for those who are UUIDs; without an owner both stay as they are. */
export function ownerColumns(owner: string | undefined): { owner?: string; owner_id?: string } {
  if (owner === undefined) return {}
  return { ...(uuid.test(owner) && { owner }), owner_id: owner }
}
