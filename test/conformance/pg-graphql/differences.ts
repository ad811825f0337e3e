/** Why Portico answers some of pg_graphql's calls otherwise, on purpose. A call is named by its file and first line. */
export const differences: readonly { readonly reason: string; readonly calls: readonly string[] }[] = [
  {
    reason:
      'A document that breaks a rule of the GraphQL specification is refused: a variable that is used but not declared, of another type, or null where it may not be; a field of an input given twice.',
    calls: [
      'issue_237_field_merging:105',
      'mutation_insert:148',
      'resolve_connection_filter:505',
      'roundtrip_types:176',
      'sqli_connection:184',
    ],
  },
  {
    reason:
      'Where introspection is off, an operation that asks for it is refused whole; pg_graphql answers its other fields.',
    calls: ['introspection:226', 'introspection:236', 'introspection:246'],
  },
  {
    reason: '`__typename` of what `__type` answers is `__Type`, not the name of the type that was asked for.',
    calls: ['function_return_row_is_selectable:27', 'function_return_view_has_pkey:45'],
  },
  {
    reason:
      'GraphQL’s own scalars, directives and introspection types are those of the specification (GraphQL.js): their descriptions, `deprecated`, `specifiedBy` and `oneOf`, null for lists that a kind of type does not have.',
    calls: [
      'issue_557_1_to_1_nullability:26',
      'issue_557_1_to_1_nullability:51',
      'issue_557_1_to_1_nullability:75',
      'issue_581_missing_desc_on_schema:4',
      'resolve___schema:37',
      'test_query__type:3',
    ],
  },
  {
    reason: 'Functions may take and return enums and lists of enums, of schemas that are not exposed as `Opaque`.',
    calls: [
      'array_args_and_return_types:692',
      'array_args_and_return_types:702',
      'function_calls_unsupported:158',
      'function_calls_unsupported:168',
      'function_calls_unsupported:174',
    ],
  },
  { reason: 'An array argument of a function may have a default.', calls: ['array_args_and_return_types:660'] },
  {
    reason: 'An argument of a function may be called like one of a page (`first`, `filter` …), which it then replaces.',
    calls: ['function_calls:615'],
  },
  {
    reason: 'A serial key may be given with an insert or an update; pg_graphql leaves it out of the input types.',
    calls: ['omit_exotic_types:21'],
  },
  {
    reason: 'What GraphQL cannot name is there with `_` for each such character; pg_graphql leaves it out.',
    calls: ['omit_weird_names:8', 'omit_weird_names:23'],
  },
  {
    reason: 'Rows can be looked up `ByPk` whatever the type of their key.',
    calls: ['primary_key_queries:637', 'primary_key_queries:652', 'primary_key_queries:688'],
  },
  { reason: 'Lists of enums can be filtered by.', calls: ['roundtrip_types:241'] },
  { reason: '`BigFloat` may be given as a number.', calls: ['type_bigfloat:29', 'type_bigfloat:75'] },
  {
    reason: 'A filter by a text longer than its column finds nothing; pg_graphql refuses it.',
    calls: ['type_modifier_max_length:57'],
  },
  {
    reason:
      'A comment directive that cannot be read counts as prose; with pg_graphql every operation fails until it is mended.',
    calls: ['views_integration:284'],
  },
  {
    reason:
      'Computed fields of changed rows show the state after the change whatever the volatility of their function.',
    calls: ['issue_337:74'],
  },
  {
    reason:
      'The key is not in a cursor twice when rows are ordered by it. Cursors of pg_graphql are taken as they are.',
    calls: ['roundtrip_types:140'],
  },
  {
    reason: 'Reading backward, rows whose nulls come before the cursor’s value are in the page; pg_graphql skips them.',
    calls: ['resolve_connection_pagination_args:245'],
  },
  {
    reason:
      'An operation is refused before it runs if its nested pages may hold more rows than `max_cost` (here seven of thirty rows each: more than 20,000 million).',
    calls: ['issue_fragment_spread_cycles:159'],
  },
]
