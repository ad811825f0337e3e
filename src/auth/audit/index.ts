export { type AuditAction, type AuditEvent, auditEntry, nobody, recordEvent, recordEvents } from './record-event.ts'
