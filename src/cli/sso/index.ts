export { type AddOptions, addProvider, removeProvider, type UpdateOptions, updateProvider } from './change.ts'
export { type ListOptions, listProviders, type ShowOptions, showInfo, showProvider } from './show.ts'
