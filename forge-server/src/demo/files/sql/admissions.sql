-- Admissions by month and method.
SELECT
    DATEFROMPARTS(YEAR(s.admitted_at), MONTH(s.admitted_at), 1) AS month,
    s.admission_method,
    COUNT(*) AS admissions
FROM reporting.spell AS s
WHERE s.admitted_at >= DATEADD(MONTH, -24, @month)
GROUP BY DATEFROMPARTS(YEAR(s.admitted_at), MONTH(s.admitted_at), 1), s.admission_method
ORDER BY month, s.admission_method;
