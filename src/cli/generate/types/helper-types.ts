/** Short names for rows and enums: `Tables<'notes'>`, `Tables<{ schema: 'private' }, 'notes'>`. */
export function helperTypes(defaultSchema: string): string {
  const schema = JSON.stringify(defaultSchema)
  return `type SchemaName = keyof Database

type InSchema<
  Kind extends keyof Database[SchemaName],
  NameOrOptions,
  Name,
> = NameOrOptions extends { schema: infer Schema extends SchemaName }
  ? Database[Schema][Kind][Name & keyof Database[Schema][Kind]]
  : Database[${schema}][Kind][NameOrOptions & keyof Database[${schema}][Kind]]

type NameOrSchema<Kind extends keyof Database[SchemaName]> =
  | keyof Database[${schema}][Kind]
  | { schema: SchemaName }

type NameIn<Kind extends keyof Database[SchemaName], NameOrOptions> =
  NameOrOptions extends { schema: infer Schema extends SchemaName }
    ? keyof Database[Schema][Kind]
    : never

export type Tables<
  NameOrOptions extends NameOrSchema<"Tables"> | NameOrSchema<"Views">,
  Name extends NameIn<"Tables", NameOrOptions> | NameIn<"Views", NameOrOptions> = never,
> =
  | Member<InSchema<"Tables", NameOrOptions, Name>, "Row">
  | Member<InSchema<"Views", NameOrOptions, Name>, "Row">

export type TablesInsert<
  NameOrOptions extends NameOrSchema<"Tables">,
  Name extends NameIn<"Tables", NameOrOptions> = never,
> = Member<InSchema<"Tables", NameOrOptions, Name>, "Insert">

export type TablesUpdate<
  NameOrOptions extends NameOrSchema<"Tables">,
  Name extends NameIn<"Tables", NameOrOptions> = never,
> = Member<InSchema<"Tables", NameOrOptions, Name>, "Update">

export type Enums<
  NameOrOptions extends NameOrSchema<"Enums">,
  Name extends NameIn<"Enums", NameOrOptions> = never,
> = InSchema<"Enums", NameOrOptions, Name>

export type CompositeTypes<
  NameOrOptions extends NameOrSchema<"CompositeTypes">,
  Name extends NameIn<"CompositeTypes", NameOrOptions> = never,
> = InSchema<"CompositeTypes", NameOrOptions, Name>

type Member<Relation, Key extends string> = Relation extends {
  [_ in Key]: infer Type
}
  ? Type
  : never`
}
