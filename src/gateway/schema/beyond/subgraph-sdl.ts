import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  printSchema,
} from 'graphql'
import { type Entity, entityKeys } from '../../model/index.ts'

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'

const told = new WeakMap<GraphQLSchema, string>()

/**
 * A schema as composition takes it: without what federation itself adds, tables with their keys. Every subgraph has a
 * `PageInfo`, so that it may be of several.
 */
export function subgraphSdl(schema: GraphQLSchema, entities: readonly Entity[]): string {
  const known = told.get(schema)
  if (known !== undefined) return known
  const keys = new Map(entities.map((entity) => [entity.typeName, entityKeys(entity).map(keyDirective)]))
  const definitions = parse(printSchema(schema)).definitions.flatMap((definition) => withDirectives(definition, keys))
  const sdl = `${link}\n\n${print({ kind: Kind.DOCUMENT, definitions })}\n`
  told.set(schema, sdl)
  return sdl
}

type Keys = ReadonlyMap<string, readonly ConstDirectiveNode[]>

function withDirectives(definition: DefinitionNode, keys: Keys): DefinitionNode[] {
  if ('name' in definition && ['_Any', '_Entity', '_Service'].includes(definition.name?.value ?? '')) return []
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [definition]
  const directives = definition.name.value === 'PageInfo' ? [shareable] : (keys.get(definition.name.value) ?? [])
  const fields = definition.fields?.filter((field) => !isOwn(field)) ?? []
  return [{ ...definition, directives, fields }]
}

function isOwn({ name }: FieldDefinitionNode): boolean {
  return name.value === '_service' || name.value === '_entities'
}

function keyDirective(key: ReturnType<typeof entityKeys>[number]): ConstDirectiveNode {
  const value = { kind: Kind.STRING, value: key.map(({ name }) => name).join(' ') } as const
  return directive('key', [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'fields' }, value }])
}

const shareable = directive('shareable', [])

function directive(name: string, args: NonNullable<ConstDirectiveNode['arguments']>): ConstDirectiveNode {
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name }, arguments: args }
}
