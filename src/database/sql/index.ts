export { arrayText } from './array-text.ts'
export { compileSql } from './compile.ts'
export { column, concat, type Fragment, objectText, qualified, type Text, whereSql } from './fragment.ts'
export { type JsonDialect, jsonDialect } from './json-dialect.ts'
