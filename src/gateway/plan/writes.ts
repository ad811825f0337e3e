import type { ColumnField, Entity, Relation } from '../model/index.ts'
import type { OnConflict, RowPlace, WriteLink, WriteStep } from './changes-plan.ts'
import type { Condition } from './condition-plan.ts'
import { planFilter } from './filter.ts'
import { type Fields, fieldsOf, type Input, itemsOf } from './input.ts'
import { planOnConflict } from './on-conflict.ts'
import { leaf } from './page.ts'
import type { Scope } from './scope.ts'
import { keyOf } from './unique-key.ts'
import { userError } from './user-error.ts'
import type { Value } from './value.ts'

type Given = readonly (readonly [field: ColumnField, value: Input])[]

/** A row that is to be tied to another one, which an earlier step has written or found. */
interface Tie {
  readonly use: 'set' | 'match'
  readonly columns: WriteLink['columns']
  readonly to: RowPlace
}

interface Row {
  readonly by: Given
  readonly values: Given
  readonly ties: readonly Tie[]
}

interface Limits {
  readonly filter?: Condition | undefined
  readonly atMost?: Value
  readonly onConflict?: OnConflict | undefined
  readonly absent?: boolean
  readonly refusal?: string
}

/** Far more than a person writes; each is a statement. Rows of one shape share theirs, however many they are. */
const maxSteps = 100

/**
 * Plans a nested write level by level: all rows of a level that are of one shape are one step, so that the number of
 * statements depends on what is asked, not on how many rows it is asked for.
 */
export function createWrites(scope: Scope) {
  const steps: (WriteStep & { readonly keep: Set<string> })[] = []

  /** Adds the steps for some rows, one for each shape; where each row will be found. */
  function write(verb: WriteStep['verb'], entity: Entity, rows: readonly Row[], limits: Limits = {}): RowPlace[] {
    const places: RowPlace[] = []
    const shapes = Map.groupBy(rows.entries(), ([, row]) => shapeOf(row))
    for (const group of shapes.values()) {
      const [first] = group.map(([, row]) => row)
      if (!first) continue
      if (steps.length >= maxSteps)
        throw userError(`A mutation may take ${maxSteps} steps; rows that name the same columns are one.`)
      for (const { to, columns } of first.ties) for (const { other } of columns) steps[to.step]?.keep.add(other)
      steps.push({
        verb,
        entity,
        by: first.by.map(([field]) => field),
        columns: first.values.map(([field]) => field),
        links: first.ties.map(({ use, columns, to }) => ({ use, columns, step: to.step })),
        rows: group.map(([, { by, values, ties }]) => ({
          key: by.map(([, value]) => value),
          values: values.map(([, value]) => value),
          places: ties.map(({ to }) => to.place),
        })),
        keep: new Set(),
        ...limits,
      })
      group.forEach(([index], place) => {
        places[index] = { step: steps.length - 1, place }
      })
    }
    return places
  }

  function insert(
    entity: Entity,
    items: readonly { readonly fields: Fields; readonly ties: readonly Tie[] }[],
    onConflict?: OnConflict,
  ): RowPlace[] {
    if (items.length === 0) return []
    const ahead = before(
      entity,
      items.map(({ fields }) => fields),
    )
    const rows = items.map(({ fields, ties }, i): Row => {
      const own = ahead[i] ?? []
      return {
        by: [],
        values: columnsOf(entity.insertable, fields, [...ties, ...own.flatMap(tieOf)]),
        ties: [...ties, ...own.flatMap(tieOf)],
      }
    })
    const partial = onConflict && (onConflict.update.length === 0 || onConflict.filter)
    const places = write('insert', entity, rows, { onConflict })
    const count = steps.length
    after(
      entity,
      items.map(({ fields }, i) => ({ fields, at: places[i] as RowPlace })),
    )
    if (partial && steps.length > count)
      throw userError('An insert that may leave a row as it is takes no related records: name "updateColumns".')
    return places
  }

  function update(
    entity: Entity,
    items: readonly { readonly by: Given; readonly set: Fields; readonly ties: readonly Tie[] }[],
    limits: Limits,
  ): RowPlace[] {
    if (items.length === 0) return []
    const ahead = before(
      entity,
      items.map(({ set }) => set),
    )
    const rows = items.map(({ by, set, ties }, i): Row => {
      const own = ahead[i] ?? []
      const all = [...ties, ...own.flatMap(tieOf)]
      const cleared = own.flatMap((change) => (change.kind === 'clear' ? change.values : []))
      return { by, values: [...columnsOf(entity.updatable, set, all), ...cleared], ties: all }
    })
    // Nothing of the row itself changes: it is only looked up, for what is related to it.
    const isChange = ({ values, ties }: Row) => values.length > 0 || ties.some(({ use }) => use === 'set')
    const places: RowPlace[] = []
    for (const [changes, group] of Map.groupBy(rows.entries(), ([, row]) => isChange(row))) {
      const made = write(
        changes ? 'update' : 'find',
        entity,
        group.map(([, row]) => row),
        limits,
      )
      group.forEach(([index], i) => {
        places[index] = made[i] as RowPlace
      })
    }
    const done = items.map(({ set }, i) => ({ fields: set, at: places[i] as RowPlace }))
    removeRelated(entity, done)
    updateRelated(entity, done)
    after(entity, done)
    return places
  }

  /** The rows that a row refers to come before it. */
  function before(entity: Entity, items: readonly Fields[]): Ahead[][] {
    const ahead: Ahead[][] = items.map(() => [])
    for (const relation of entity.relations) {
      if (!relation.holdsKey) continue
      const asked = items.flatMap((fields, index) => {
        const ops = opsOf(relation, fields.get(relation.name))
        const one = ops.filter(({ name }) => ['create', 'connect', 'connectOrCreate', 'disconnect'].includes(name))
        if (one.length > 1 || (ops.length > 1 && one.length === 1))
          throw userError(`"${relation.name}" takes one record`)
        return one.map((op) => ({ index, ...op }))
      })
      const tie = (index: number, to: RowPlace | undefined) => {
        const columns = relation.toColumns.map((other, i) => ({ own: relation.from.columns[i] ?? '', other }))
        if (to) ahead[index]?.push({ kind: 'tie', tie: { use: 'set', columns, to } })
      }
      const named = (name: string) => asked.filter((op) => op.name === name)
      for (const group of byConflict(relation.to(), named('create'))) {
        const places = insert(
          relation.to(),
          group.ops.map(({ input }) => ({ fields: fieldsOf(input), ties: [] })),
          group.onConflict,
        )
        for (const [i, { index }] of group.ops.entries()) tie(index, places[i])
      }
      const connects = named('connect')
      const found = find(
        relation,
        connects.map(({ input }) => input),
      )
      for (const [i, { index }] of connects.entries()) tie(index, found[i])
      const either = named('connectOrCreate')
      createAbsent(
        relation.to(),
        either.map(({ input }) => ({ input, ties: [] })),
      )
      const there = find(
        relation,
        either.map(({ input }) => whereOf(input)),
      )
      for (const [i, { index }] of either.entries()) tie(index, there[i])
      for (const { index } of named('disconnect')) {
        const values = relation.from.columns.map((name): Given[number] => [columnNamed(entity, name), { kind: 'null' }])
        ahead[index]?.push({ kind: 'clear', values })
      }
    }
    return ahead
  }

  /** The rows that refer to a row come after it. */
  function after(entity: Entity, items: readonly { readonly fields: Fields; readonly at: RowPlace }[]): void {
    for (const relation of entity.relations) {
      if (relation.holdsKey) continue
      const asked = items.flatMap(({ fields, at }) => {
        const ops = opsOf(relation, fields.get(relation.name))
        const added = ops.filter(({ name }) => ['create', 'connect', 'connectOrCreate'].includes(name))
        if (relation.kind === 'one' && added.length > 1) throw userError(`"${relation.name}" takes one record`)
        return added.map((op) => ({ ...op, ties: [tieTo(relation, at, 'set')] }))
      })
      const target = relation.to()
      const named = (name: string) => asked.filter((op) => op.name === name)
      const connect = (rows: readonly { readonly input: Input; readonly ties: readonly Tie[] }[]) =>
        write(
          'update',
          target,
          rows.map(({ input, ties }) => ({ by: keyOf(target, input), values: [], ties })),
          {
            refusal: notThere(relation),
          },
        )
      connect(named('connect'))
      const either = named('connectOrCreate')
      createAbsent(target, either)
      connect(either.map(({ input, ties }) => ({ input: whereOf(input), ties })))
      for (const { ops, onConflict } of byConflict(target, named('create')))
        insert(
          target,
          ops.map(({ input, ties }) => ({ fields: fieldsOf(input), ties })),
          onConflict,
        )
    }
  }

  function removeRelated(entity: Entity, items: readonly { readonly fields: Fields; readonly at: RowPlace }[]): void {
    for (const relation of entity.relations) {
      const target = relation.to()
      const asked = items.flatMap(({ fields, at }) =>
        opsOf(relation, fields.get(relation.name)).map((op) => ({ ...op, ties: [tieTo(relation, at, 'match')] })),
      )
      const named = (name: string) => asked.filter((op) => op.name === name)
      for (const { input, ties } of named('deleteWhere'))
        write('delete', target, [{ by: [], values: [], ties }], bounds(target, fieldsOf(input), relation))
      const rows = (name: string, values: Given) =>
        named(name).map(({ input, ties }): Row => ({ by: keyWithin(relation, input), values, ties }))
      write('delete', target, rows('delete', []), { refusal: notThere(relation) })
      if (relation.holdsKey) continue
      const cleared = relation.toColumns.map((name): Given[number] => [columnNamed(target, name), { kind: 'null' }])
      write('update', target, rows('disconnect', cleared), { refusal: notThere(relation) })
    }
  }

  function updateRelated(entity: Entity, items: readonly { readonly fields: Fields; readonly at: RowPlace }[]): void {
    for (const relation of entity.relations) {
      const target = relation.to()
      const asked = items.flatMap(({ fields, at }) =>
        opsOf(relation, fields.get(relation.name)).map((op) => ({ ...op, ties: [tieTo(relation, at, 'match')] })),
      )
      const setOf = (input: Input) => fieldsOf(fieldsOf(input).get('set'))
      const keyed = asked.filter(({ name }) => name === 'update')
      update(
        target,
        keyed.map(({ input, ties }) => ({ by: keyWithin(relation, whereOf(input)), set: setOf(input), ties })),
        { refusal: notThere(relation) },
      )
      for (const { input, ties } of asked.filter(({ name }) => name === 'updateWhere'))
        update(target, [{ by: [], set: setOf(input), ties }], bounds(target, fieldsOf(input), relation))
    }
  }

  /** Rows by their keys, all of which must be there, as far as the caller can see. */
  function find(relation: Relation, keys: readonly Input[]): RowPlace[] {
    const target = relation.to()
    return write(
      'find',
      target,
      keys.map((key) => ({ by: keyOf(target, key), values: [], ties: [] })),
      {
        refusal: notThere(relation),
      },
    )
  }

  /** Of rows by their keys, inserts those that are not there; another one who does so at the same time does no harm. */
  function createAbsent(
    entity: Entity,
    items: readonly { readonly input: Input; readonly ties: readonly Tie[] }[],
  ): void {
    const rows = items.map(({ input, ties }): Row => {
      const by = keyOf(entity, whereOf(input))
      const create = fieldsOf(fieldsOf(input).get('create'))
      if (entity.relations.some(({ name }) => create.get(name)?.kind === 'object'))
        throw userError('"connectOrCreate" takes columns only')
      const others = columnsOf(entity.insertable, create, ties).filter(([field]) => !by.some(([key]) => key === field))
      return { by, values: [...by, ...others], ties }
    })
    write('insert', entity, rows, { absent: true })
  }

  function bounds(entity: Entity, fields: Fields, relation: Relation): Limits {
    const filter = planFilter(fields.get('filter'), entity, scope)
    const atMost = leaf(fields.get('atMost')) ?? ({ kind: 'constant', value: 1 } as const)
    return { filter, atMost, refusal: `"${relation.name}" impacts too many records` }
  }

  function byConflict<Op extends { readonly input: Input; readonly onConflict: Input | undefined }>(
    entity: Entity,
    ops: readonly Op[],
  ): { readonly ops: readonly Op[]; readonly onConflict: OnConflict | undefined }[] {
    const planned = ops.map((op) => ({ op, onConflict: planOnConflict(op.onConflict, entity, scope) }))
    const key = ({ onConflict }: (typeof planned)[number], i: number) =>
      onConflict &&
      [onConflict.constraint.join(), onConflict.update.map(({ name }) => name).join(), onConflict.filter ? i : ''].join(
        ';',
      )
    const groups = Map.groupBy(planned.entries(), ([i, one]) => key(one, i))
    return [...groups.values()].map((group) => ({
      ops: group.map(([, { op }]) => op),
      onConflict: group[0]?.[1].onConflict,
    }))
  }

  return { steps, insert, update }
}

type Ahead = { readonly kind: 'tie'; readonly tie: Tie } | { readonly kind: 'clear'; readonly values: Given }

function tieOf(change: Ahead): Tie[] {
  return change.kind === 'tie' ? [change.tie] : []
}

/** Ties a row of a relation's target to the row it is related to. */
function tieTo(relation: Relation, to: RowPlace, use: Tie['use']): Tie {
  return { use, to, columns: relation.toColumns.map((own, i) => ({ own, other: relation.from.columns[i] ?? '' })) }
}

function notThere({ name }: Relation): string {
  return `"${name}" names a record that is not there`
}

/** What is asked of one relation: an entry for each record or condition, with the conflicts that creating may meet. */
function opsOf(relation: Relation, input: Input | undefined) {
  const fields = fieldsOf(input)
  return [...fields].flatMap(([name, value]) =>
    name === 'onConflict'
      ? []
      : itemsOf(value).map((input) => ({
          name,
          input,
          onConflict: fields.get('onConflict'),
          relation,
        })),
  )
}

function whereOf(input: Input): Input {
  return fieldsOf(input).get('where') ?? { kind: 'null' }
}

/** The key of one among related rows; a to-one needs none. */
function keyWithin(relation: Relation, input: Input): Given {
  return relation.kind === 'one' && fieldsOf(input).size === 0 ? [] : keyOf(relation.to(), input)
}

function columnsOf(columns: readonly ColumnField[], fields: Fields, ties: readonly Tie[]): Given {
  return columns.flatMap((field): Given => {
    const value = fields.get(field.name)
    if (!value) return []
    const tied = ties.some(({ use, columns }) => use === 'set' && columns.some(({ own }) => own === field.column.name))
    if (tied) throw userError(`"${field.name}" is given twice: as a column and by a relation`)
    return [[field, value]]
  })
}

function columnNamed(entity: Entity, name: string): ColumnField {
  const field = entity.columns.find(({ column }) => column.name === name)
  if (!field) throw new Error(`${entity.table.name} shows no column ${name}`)
  return field
}

function shapeOf({ by, values, ties }: Row): string {
  const names = (given: Given) => given.map(([{ name }]) => name).join()
  return [
    names(by),
    names(values),
    ...ties.map(({ use, to, columns }) => `${use}${to.step}${columns.map(({ own }) => own).join()}`),
  ].join(';')
}
