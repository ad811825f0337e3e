import { existsSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { hasPostgres15, startPostgres15 } from '../database/postgres-15.ts'
import { createTestApp } from '../support/app.ts'

/** Debian's package of PostGIS puts it beside its Postgres 15. */
const hasPostgis = hasPostgres15 && existsSync('/usr/share/postgresql/15/extension/postgis.control')

const why = hasPostgis ? '' : " (left out: Debian's postgresql-15-postgis-3 is not installed)"

describe.runIf(hasPostgis)(`geojson with PostGIS${why}`, () => {
  test('supabase-js reads features, of the geometry among the columns', async () => {
    const server = await startPostgres15()
    const admin = new pg.Client({
      host: server.socketFolder,
      port: server.port,
      user: 'postgres',
      database: 'postgres',
    })
    await admin.connect()
    await admin.query(`alter role postgres password 'postgres'`)
    await admin.query('create database app')
    await admin.end()
    const app = await createTestApp({
      files: {
        'supabase/config.toml': 'project_id = "places"\n',
        'supabase/migrations/20260101000000_places.sql': `
          create extension postgis with schema extensions;
          create table places (id int primary key, name text, at extensions.geometry(Point, 4326));
          insert into places values (1, 'Null Island', extensions.st_point(0, 0, 4326)), (2, 'Milan', extensions.st_point(9.19, 45.46, 4326));`,
      },
      dbUrl: `postgresql://postgres:postgres@127.0.0.1:${server.port}/app`,
    })
    try {
      const supabase = createClient(app.app.url, app.app.config.keys.secretKey, { auth: { persistSession: false } })
      const { data, error } = await supabase.from('places').select('name, at').eq('id', 2).geojson()
      expect([error, data]).toEqual([
        null,
        {
          type: 'FeatureCollection',
          features: [
            { type: 'Feature', geometry: { type: 'Point', coordinates: [9.19, 45.46] }, properties: { name: 'Milan' } },
          ],
        },
      ])
      const none = await supabase.from('places').select('name, at').eq('id', 9).geojson()
      expect(none.data).toEqual({ type: 'FeatureCollection', features: [] })
      // A geometry is GeoJSON in plain JSON, too.
      expect((await supabase.from('places').select('at').eq('id', 1).single()).data).toEqual({
        at: expect.objectContaining({ type: 'Point', coordinates: [0, 0] }),
      })
    } finally {
      await app.close()
      await server.stop()
    }
  })
})
