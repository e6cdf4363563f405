"""What the agency does: cases, places, vacancies, travel, withdrawal and redistribution.

Knows PostgreSQL. Knows no HTTP, no mail, no airline: `app` and `notifications` stand on this
package and it imports neither.
"""
