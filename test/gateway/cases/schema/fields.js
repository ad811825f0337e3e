/** Fields of code for the cases: over declared columns, one of them batched. */
export default (builder) => {
  builder.tableField('author', 'initial', (t) =>
    t.string({ columns: ['name'], resolve: (row) => row.name[0] }),
  )
  builder.tableField('author', 'years', (t) =>
    t.int({
      columns: ['id', 'joined'],
      args: { until: t.arg.int({ required: true }) },
      resolve: builder.batch((rows, { until }) => rows.map(({ joined }) => until - Number(joined.slice(0, 4)))),
    }),
  )
  builder.queryField('motto', (t) => t.string({ resolve: () => 'All that is asked for' }))
}
