export { type App, type AppOptions, createApp } from './app.ts'
export { type OpenDatabase, openDatabase } from './database.ts'
