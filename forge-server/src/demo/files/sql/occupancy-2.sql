-- Beds occupied at midnight, by ward. Day cases never occupy a bed at midnight.
SELECT b.ward_code, b.night, COUNT(*) AS occupied
FROM reporting.bed_night AS b
WHERE b.night >= @month
  AND b.is_day_case = 0
GROUP BY b.ward_code, b.night;
