export { compileHtml, compileLine, compileText, type Render } from './render-template.ts'
export { TemplateError } from './scan-template.ts'
