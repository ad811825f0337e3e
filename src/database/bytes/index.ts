export { type Bytes, bufferOf, bytesOf, type Piece, pieceOf, textOf } from './bytes.ts'
export { HeldBytes, mayHold } from './held-bytes.ts'
export { endWith, writeCopy } from './send.ts'
