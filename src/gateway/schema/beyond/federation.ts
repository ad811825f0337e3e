import {
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLObjectType,
  GraphQLScalarType,
  GraphQLString,
  GraphQLUnionType,
  valueFromASTUntyped,
} from 'graphql'
import type { ResolverContext } from '../../context.ts'
import { introspectionOf } from '../../introspection.ts'
import { type Entity, entityKeys, type Model } from '../../model/index.ts'
import { answered, sourced, typeKey } from '../field-source.ts'
import { addFields } from '../graft.ts'
import type { NamedTypes } from '../named-types.ts'
import { subgraphSdl } from './subgraph-sdl.ts'

/**
 * Makes the schema a subgraph of Apollo Federation 2: `_service` tells it to whoever composes, `_entities` answers rows of
 * tables by their keys (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec).
 */
export function addFederation(types: NamedTypes, { entities }: Model): void {
  const query = types.get('Query') as GraphQLObjectType
  const known = entities.filter((entity) => entityKeys(entity).length > 0)
  addFields(query, {
    _service: service(types, known),
    ...(known.length > 0 && { _entities: entitiesField(types, known) }),
  })
}

type Field = GraphQLFieldConfig<unknown, unknown>

function service(types: NamedTypes, known: readonly Entity[]): Field {
  const type = types.object({ name: '_Service', fields: { sdl: { type: GraphQLString } } })
  const resolve: Field['resolve'] = (_root, _args, context, { schema }) => {
    // As introspection, it is not for everybody; who holds the secret key sees the tables anyway.
    const { caller } = context as ResolverContext
    const told = caller.role === 'service_role' ? schema : introspectionOf(schema)
    if (told) return { sdl: subgraphSdl(told, known) }
    const extensions = { code: 'FORBIDDEN' }
    throw new GraphQLError('The schema is told to the service role, or where introspection is on.', { extensions })
  }
  return { type: new GraphQLNonNull(type), resolve }
}

function entitiesField(types: NamedTypes, known: readonly Entity[]): Field {
  const union = new GraphQLUnionType({
    name: '_Entity',
    types: known.map(({ typeName }) => types.get(typeName) as GraphQLObjectType),
    resolveType: (row) => (row as { [typeKey]?: string })[typeKey],
  })
  types.add(union)
  const representations = { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(types.add(representation())))) }
  return {
    type: new GraphQLNonNull(new GraphQLList(union)),
    args: { representations },
    extensions: sourced({ kind: 'entities', entities: known }).extensions,
    resolve: answered as () => unknown,
  }
}

/** `_Any`: `{ __typename, …key }`; kept as its JSON text, so that one plan serves whatever the keys are. */
function representation(): GraphQLScalarType {
  const textOf = (value: unknown): string => {
    const { __typename: name } = (value ?? {}) as { __typename?: unknown }
    if (typeof name === 'string' && !Array.isArray(value)) return JSON.stringify(value)
    throw new GraphQLError('A representation is an object with a "__typename".')
  }
  return new GraphQLScalarType({
    name: '_Any',
    parseValue: textOf,
    parseLiteral: (node, variables) => textOf(valueFromASTUntyped(node, variables)),
  })
}
