import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitSql } from '../../src/database/project/split-sql.ts'

const texts = (sql: string) => splitSql(sql).map((item) => ('meta' in item ? item.meta : item.text))

describe('a SQL file is split as psql splits it', () => {
  test.each<[what: string, file: string, statements: string[]]>([
    ['nothing', ' \n-- only a comment\n/* and another */;;\n', []],
    ['the last without a semicolon', 'select 1; select 2', ['select 1', 'select 2']],
    ['comments before and behind', '-- a; b\nselect 1 -- c; d\n; select 2', ['select 1', 'select 2']],
    ['nested comments', 'select /* a; /* b; */ c; */ 1; select 2', ['select /* a; /* b; */ c; */ 1', 'select 2']],
    ['a string', "select 'a;''b;'; select 2", ["select 'a;''b;'", 'select 2']],
    ['a backslash is nothing in a plain string', "select 'a\\'; select 2", ["select 'a\\'", 'select 2']],
    ['and is something in E', "select e'a\\';b', E'\\\\'; select 2", ["select e'a\\';b', E'\\\\'", 'select 2']],
    ['a name that ends in e is no E', "select type'a\\'; select 2", ["select type'a\\'", 'select 2']],
    ['a quoted name', 'select ";""--" from "a;b"; select 2', ['select ";""--" from "a;b"', 'select 2']],
    ['dollar quotes', 'do $$ a; $x$ b; $$; do $é$ ;$$; $é$;', ['do $$ a; $x$ b; $$', 'do $é$ ;$$; $é$']],
    ['a dollar inside a name', 'select a$b$ from c$b$; select $1', ['select a$b$ from c$b$', 'select $1']],
    ['parentheses', 'create rule r as on insert to t do (a; b); c', ['create rule r as on insert to t do (a; b)', 'c']],
    [
      'a body in SQL',
      'create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3',
      [
        'create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end',
        'select 3',
      ],
    ],
    ['a transaction is no body', 'begin; select 1; end; commit', ['begin', 'select 1', 'end', 'commit']],
    [
      'case … end elsewhere',
      'create view v as select case when a then b end; x',
      ['create view v as select case when a then b end', 'x'],
    ],
    [
      'commands of psql',
      '\\restrict a;b\nselect 1;\n\\unrestrict a;b',
      ['\\restrict a;b', 'select 1', '\\unrestrict a;b'],
    ],
    ['a byte order mark', '\ufeffselect 1;', ['select 1']],
    ['what is not closed', "select 'a; b", ["select 'a; b"]],
    ['Windows line ends', 'select 1;\r\n-- x\r\nselect 2;\r\n', ['select 1', 'select 2']],
  ])('%s', (_, file, statements) => {
    expect(texts(file)).toEqual(statements)
  })

  test.each<[what: string, file: string, data: (string | undefined)[]]>([
    ['lines up to the mark', 'copy t (a) from stdin;\n1\n;2\n\\.\nselect 1;', ['1\n;2\n', undefined]],
    ['no line at all', 'COPY t FROM STDIN WITH (format csv);\n\\.\n', ['']],
    ['no mark', 'copy t from stdin;\n1\n', ['1\n']],
    ['a mark within a line is data', 'copy t from stdin;\n\\.x\n\\.\r\nselect 1', ['\\.x\n', undefined]],
    ['another direction, another source', "copy t to stdout; copy t from '/x'", [undefined, undefined]],
    ['words of another statement', 'insert into copy select a from stdin;\n1', [undefined, undefined]],
  ])('copy … from stdin: %s', (_, file, data) => {
    expect(splitSql(file).map((item) => ('meta' in item ? item.meta : item.data))).toEqual(data)
  })

  const piece = fc.oneof(
    fc.constantFrom(
      'select',
      'insert',
      'a1$',
      '(1)',
      '"a;b"',
      '"c""d"',
      '+',
      '$1',
      '1.5',
      ',',
      '::',
      '(a;b)',
      'case',
      'end',
    ),
    fc.string({ maxLength: 12 }).map((s) => `'${s.replaceAll("'", "''").replaceAll('\0', '')}'`),
    fc.string({ maxLength: 12 }).map((s) => `e'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
    fc.string({ maxLength: 12 }).map((s) => `$q$${s.replaceAll('$', '')}$q$`),
    fc.string({ maxLength: 12 }).map((s) => `/*${s.replaceAll(/[*/]/g, '')}/*;*/*/`),
    fc.string({ maxLength: 12 }).map((s) => `--${s.replaceAll(/[\r\n]/g, '')};\n`),
  )
  // A word at both ends: comments there belong to no statement.
  const statement = fc.array(piece, { maxLength: 8 }).map((pieces) => ['x', ...pieces, 'y'].join(' '))

  test('whatever statements are made of, they come back whole and at their places', () => {
    fc.assert(
      fc.property(
        fc.array(statement, { maxLength: 6 }),
        fc.constantFrom(';', ' ;\n', ';;', ';/*;*/--;\n'),
        (list, between) => {
          const file = list.join(between)
          const found = splitSql(file)
          expect(found.map((item) => ('meta' in item ? '' : item.text))).toEqual(list)
          for (const item of found) if (!('meta' in item)) expect(file.startsWith(item.text, item.offset)).toBe(true)
        },
      ),
    )
  })
})
