import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())

const films = () => rest.client().from('films').select('id').order('id')
type Films = ReturnType<typeof films>

describe('operators through supabase-js', () => {
  test.each<[name: string, filter: (query: Films) => PromiseLike<{ data: unknown; error: unknown }>, ids: number[]]>([
    ['eq', (q) => q.eq('title', 'Playtime'), [2]],
    ['eq with a comma', (q) => q.eq('title', 'Faces, Places'), [3]],
    ['neq', (q) => q.neq('id', 2), [1, 3]],
    ['gt', (q) => q.gt('year', 1962), [2, 3]],
    ['gte', (q) => q.gte('year', 1962), [1, 2, 3]],
    ['lt', (q) => q.lt('year', 1967), [1]],
    ['lte', (q) => q.lte('year', 1967), [1, 2]],
    ['like', (q) => q.like('title', '%time'), [2]],
    ['like *', (q) => q.like('title', '*time'), [2]],
    ['ilike', (q) => q.ilike('title', 'PLAY%'), [2]],
    ['likeAllOf', (q) => q.likeAllOf('title', ['%a%', '%c%']), [3]],
    ['likeAnyOf', (q) => q.likeAnyOf('title', ['Cl%', 'Play%']), [1, 2]],
    ['ilikeAllOf', (q) => q.ilikeAllOf('title', ['%PLAY%', '%TIME']), [2]],
    ['ilikeAnyOf', (q) => q.ilikeAnyOf('title', ['CL%', 'FACES%']), [1, 3]],
    ['regexMatch', (q) => q.regexMatch('title', '^Pl'), [2]],
    ['regexIMatch', (q) => q.regexIMatch('title', '^pl'), [2]],
    ['is null', (q) => q.is('mood', null), [3]],
    ['is true', (q) => q.is('seen', true), [1]],
    ['is false', (q) => q.is('seen', false), [2]],
    ['is unknown', (q) => q.filter('seen', 'is', 'unknown'), [3]],
    ['isDistinct', (q) => q.isDistinct('mood', 'calm'), [2, 3]],
    ['is not null', (q) => q.not('mood', 'is', null), [1, 2]],
    ['is not_null', (q) => q.filter('mood', 'is', 'not_null'), [1, 2]],
    ['in', (q) => q.in('id', [1, 3]), [1, 3]],
    ['in texts', (q) => q.in('title', ['Faces, Places', 'x"y', '']), [3]],
    ['in nothing', (q) => q.in('id', []), []],
    ['notIn', (q) => q.notIn('title', ['Faces, Places', 'x']), [1, 2]],
    ['contains array', (q) => q.contains('tags', ['colour']), [2, 3]],
    ['contains json', (q) => q.contains('facts', { length: 124 }), [2]],
    ['containedBy', (q) => q.containedBy('tags', ['black', 'white', 'grey']), [1]],
    ['overlaps', (q) => q.overlaps('tags', ['white', 'travel']), [1, 3]],
    ['rangeLt', (q) => q.rangeLt('shown', '[5,6)'), [1]],
    ['rangeGt', (q) => q.rangeGt('shown', '[1,5)'), [2]],
    ['rangeGte', (q) => q.rangeGte('shown', '[5,6)'), [2]],
    ['rangeLte', (q) => q.rangeLte('shown', '[1,5)'), [1]],
    ['rangeAdjacent', (q) => q.rangeAdjacent('shown', '[9,10)'), [2]],
    ['fts', (q) => q.textSearch('words', 'singer & wait', { config: 'english' }), [1]],
    ['plfts', (q) => q.textSearch('words', 'city plays', { type: 'plain', config: 'english' }), [2]],
    ['phfts', (q) => q.textSearch('words', 'modern city', { type: 'phrase', config: 'english' }), [2]],
    ['wfts', (q) => q.textSearch('words', 'city -singer', { type: 'websearch', config: 'english' }), [2]],
    ['fts over text', (q) => q.textSearch('title', 'faces', { config: 'english' }), [3]],
    ['not', (q) => q.not('id', 'in', '(1,2)'), [3]],
    ['or', (q) => q.or('id.eq.1,title.eq."Faces, Places"'), [1, 3]],
    ['nested and/or', (q) => q.or('and(year.gt.1960,year.lt.1965),not.or(id.lt.3,id.gt.3)'), [1, 3]],
    ['and in a tree', (q) => q.or('tags.cs.{colour,travel},id.in.(1)'), [1, 3]],
    ['json path', (q) => q.eq('facts->lead->>name', 'Corinne'), [1]],
    ['json arrow', (q) => q.filter('facts->length', 'gt', '100'), [2]],
    ['eq(any)', (q) => q.filter('id', 'eq(any)', '{1,2}'), [1, 2]],
    ['gt(all)', (q) => q.filter('year', 'gt(all)', '{1962,1966}'), [2, 3]],
    ['gte(any)', (q) => q.filter('year', 'gte(any)', '{1967,2017}'), [2, 3]],
    ['lt(all)', (q) => q.filter('year', 'lt(all)', '{1967,2017}'), [1]],
    ['lte(any)', (q) => q.filter('year', 'lte(any)', '{1962,1967}'), [1, 2]],
    ['match(any)', (q) => q.filter('title', 'match(any)', '{^Pl,^Cl}'), [1, 2]],
    ['imatch(all)', (q) => q.filter('title', 'imatch(all)', '{^pl,time$}'), [2]],
    ['not.like(any)', (q) => q.not('title', 'like(any)', '{Cl%,Pl%}'), [3]],
    ['computed', (q) => q.eq('shout', 'PLAYTIME'), [2]],
    ['match several', (q) => q.match({ year: 1962, mood: 'calm' }), [1]],
  ])('%s', async (_name, filter, ids) => {
    const { data, error } = await filter(films())
    expect(error).toBeNull()
    expect((data as { id: number }[]).map(({ id }) => id)).toEqual(ids)
  })
})
