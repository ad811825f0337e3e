export { type AuditAction, type AuditEvent, auditEntry, nobody, recordEvent } from './record-event.ts'
