-- Beds occupied at midnight, by ward.
SELECT b.ward_code, b.night, COUNT(*) AS occupied
FROM reporting.bed_night AS b
WHERE b.night >= @month
GROUP BY b.ward_code, b.night;
